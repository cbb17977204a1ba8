package netpol

import (
	"slices"
	"strings"
	"testing"

	v1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func pod(namespace, name, address string) *v1.Pod {
	return &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"app": name}},
		Spec:       v1.PodSpec{Containers: []v1.Container{{Ports: []v1.ContainerPort{{Name: "http", ContainerPort: 8000}}}}},
		Status:     v1.PodStatus{PodIP: address},
	}
}

func app(name string) *metav1.LabelSelector {
	return &metav1.LabelSelector{MatchLabels: map[string]string{"app": name}}
}

// a hub, a user's server, and a namesake of the hub in another namespace
var (
	hub, user = pod("jupyterhub", "hub", "10.244.2.1"), pod("jupyterhub", "user", "10.244.2.2")
	pods      = []*v1.Pod{hub, user, pod("other", "hub", "10.244.3.1")}
	spaces    = map[string]labels.Set{"jupyterhub": {"team": "a"}, "other": {"team": "b"}}
)

// chain is what the rules say of a pod in a direction: its lines before the drop; nil when it is not isolated.
func chain(t *testing.T, spec netv1.NetworkPolicySpec, d direction, pod *v1.Pod) []string {
	t.Helper()
	policy := &netv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "jupyterhub", Name: "p"}, Spec: spec}
	rules := world{pods, spaces, []*netv1.NetworkPolicy{policy}}.ruleset()
	_, after, isolated := strings.Cut(rules, "chain "+chainName(d, pod)+" {")
	if jumped := strings.Contains(rules, pod.Status.PodIP+" : jump "+chainName(d, pod)); jumped != isolated {
		t.Fatalf("a chain without a jump, or a jump without a chain:\n%s", rules)
	}
	if !isolated {
		return nil
	}
	body, _, _ := strings.Cut(after, "}\n chain")
	lines := []string{}
	for _, line := range strings.Split(body, "\n")[1:] {
		if line = strings.TrimSpace(line); line == "counter drop" {
			return lines
		}
		lines = append(lines, line)
	}
	t.Fatalf("the chain does not end with a drop:\n%s", body)
	return nil
}

func from(peers []netv1.NetworkPolicyPeer, ports ...netv1.NetworkPolicyPort) netv1.NetworkPolicySpec {
	return netv1.NetworkPolicySpec{
		PodSelector: *app("hub"),
		PolicyTypes: []netv1.PolicyType{netv1.PolicyTypeIngress},
		Ingress:     []netv1.NetworkPolicyIngressRule{{From: peers, Ports: ports}},
	}
}

func to(peers []netv1.NetworkPolicyPeer, ports ...netv1.NetworkPolicyPort) netv1.NetworkPolicySpec {
	return netv1.NetworkPolicySpec{
		PodSelector: *app("user"),
		PolicyTypes: []netv1.PolicyType{netv1.PolicyTypeEgress},
		Egress:      []netv1.NetworkPolicyEgressRule{{To: peers, Ports: ports}},
	}
}

func port(value any) netv1.NetworkPolicyPort {
	found := intstr.FromString("http")
	if number, isNumber := value.(int); isNumber {
		found = intstr.FromInt32(int32(number))
	}
	return netv1.NetworkPolicyPort{Port: &found}
}

func TestIngress(t *testing.T) {
	udp, last := v1.ProtocolUDP, int32(90)
	block := &netv1.IPBlock{CIDR: "0.0.0.0/0", Except: []string{"10.0.0.0/8", "10.1.0.0/16"}}
	teamB := &metav1.LabelSelector{MatchLabels: map[string]string{"team": "b"}}
	span := port(80)
	span.EndPort = &last
	for name, test := range map[string]struct {
		spec netv1.NetworkPolicySpec
		want []string
	}{
		"everybody":                {from(nil), []string{"return"}},
		"everybody at a port":      {from(nil, port(8081)), []string{"tcp dport 8081 return"}},
		"ports in a span":          {from(nil, span), []string{"tcp dport 80-90 return"}},
		"a port by its name":       {from(nil, port("http")), []string{"ip daddr 10.244.2.1 tcp dport 8000 return"}},
		"a protocol":               {from(nil, netv1.NetworkPolicyPort{Protocol: &udp}), []string{"meta l4proto udp return"}},
		"pods of its namespace":    {from([]netv1.NetworkPolicyPeer{{PodSelector: app("user")}}), []string{"ip saddr { 10.244.2.2 } return"}},
		"not of another namespace": {from([]netv1.NetworkPolicyPeer{{PodSelector: app("hub")}}), []string{"ip saddr { 10.244.2.1 } return"}},
		"pods of namespaces": {from([]netv1.NetworkPolicyPeer{{PodSelector: app("hub"), NamespaceSelector: teamB}}),
			[]string{"ip saddr { 10.244.3.1 } return"}},
		"addresses but some": {from([]netv1.NetworkPolicyPeer{{IPBlock: block}}),
			[]string{"ip saddr 0.0.0.0/0 ip saddr != 10.0.0.0/8 ip saddr != 10.1.0.0/16 return"}},
		"nobody there": {from([]netv1.NetworkPolicyPeer{{PodSelector: app("nobody")}}), nil},
		"IPv6 alone":   {from([]netv1.NetworkPolicyPeer{{IPBlock: &netv1.IPBlock{CIDR: "::/0"}}}), nil},
	} {
		if got := chain(t, test.spec, ingress, hub); got == nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestEgressReachesNamedPortsOfThePeersAlone(t *testing.T) {
	got := chain(t, to([]netv1.NetworkPolicyPeer{{PodSelector: app("hub")}}, port("http")), egress, user)
	if want := []string{"ip daddr { 10.244.2.1 } ip daddr 10.244.2.1 tcp dport 8000 return"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestOnlySelectedPodsAndDirectionsAreIsolated(t *testing.T) {
	spec := from(nil)
	for _, open := range []struct {
		d   direction
		pod *v1.Pod
	}{{egress, hub}, {ingress, user}, {ingress, pods[2]}} {
		if got := chain(t, spec, open.d, open.pod); got != nil {
			t.Errorf("%s %s/%s: %q", open.d.kind, open.pod.Namespace, open.pod.Name, got)
		}
	}
}

func TestAnAddressIsJumpedFromOnce(t *testing.T) {
	heir := pod("jupyterhub", "heir", hub.Status.PodIP)
	everyone := netv1.NetworkPolicySpec{PolicyTypes: []netv1.PolicyType{netv1.PolicyTypeIngress}}
	policy := &netv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "jupyterhub"}, Spec: everyone}
	rules := world{[]*v1.Pod{hub, heir}, spaces, []*netv1.NetworkPolicy{policy}}.ruleset()
	if count := strings.Count(rules, hub.Status.PodIP+" : jump"); count != 1 {
		t.Errorf("%d times:\n%s", count, rules)
	}
}

func TestPodsWithoutAnAddressOfTheirOwnDoNotCount(t *testing.T) {
	ended, onNode, starting := hub.DeepCopy(), hub.DeepCopy(), hub.DeepCopy()
	ended.Status.Phase, onNode.Spec.HostNetwork, starting.Status.PodIP = v1.PodFailed, true, ""
	for _, pod := range []*v1.Pod{ended, onNode, starting} {
		if hasAddress(pod) {
			t.Errorf("%+v counts", pod)
		}
	}
	if !hasAddress(hub) {
		t.Error("a running pod does not count")
	}
}
