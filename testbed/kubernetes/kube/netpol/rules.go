package netpol

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// direction is one of the two sides from which a policy sees its pods' traffic.
type direction struct {
	kind     netv1.PolicyType
	own      string // what the address of the policy's pod is in a packet
	opposite string
}

var (
	egress  = direction{netv1.PolicyTypeEgress, "saddr", "daddr"}
	ingress = direction{netv1.PolicyTypeIngress, "daddr", "saddr"}
)

// rule is what ingress and egress rules have in common.
type rule struct {
	peers []netv1.NetworkPolicyPeer
	ports []netv1.NetworkPolicyPort
}

func (d direction) rulesOf(policy *netv1.NetworkPolicy) (found []rule) {
	if d.kind == netv1.PolicyTypeIngress {
		for _, r := range policy.Spec.Ingress {
			found = append(found, rule{r.From, r.Ports})
		}
		return found
	}
	for _, r := range policy.Spec.Egress {
		found = append(found, rule{r.To, r.Ports})
	}
	return found
}

// ruleset is the input of nft that makes all policies hold: a chain for each isolated pod and direction, which returns
// for what a policy allows and drops all else. It replaces the former one in one step.
func (w world) ruleset() string {
	var chains strings.Builder
	jumps := map[string]string{}
	for _, d := range []direction{egress, ingress} {
		var members, seen []string
		for _, pod := range w.pods {
			policies := w.policiesOf(pod, d.kind)
			// While a pod ends, another one may have got its address: nft takes an address once.
			if len(policies) == 0 || slices.Contains(seen, pod.Status.PodIP) {
				continue
			}
			seen = append(seen, pod.Status.PodIP)
			name := chainName(d, pod)
			members = append(members, pod.Status.PodIP+" : jump "+name)
			fmt.Fprintf(&chains, " chain %s { # %s/%s\n", name, pod.Namespace, pod.Name)
			for _, policy := range policies {
				for _, r := range d.rulesOf(policy) {
					for _, match := range w.allowed(d, pod, policy.Namespace, r) {
						fmt.Fprintf(&chains, "  %s\n", strings.TrimSpace(match+" return"))
					}
				}
			}
			chains.WriteString("  counter drop\n }\n")
		}
		if len(members) > 0 {
			jumps[d.own] = fmt.Sprintf("  ip %s vmap { %s }\n", d.own, strings.Join(members, ", "))
		}
	}
	const table = "table ip netpol {}\ndelete table ip netpol\ntable ip netpol {\n%s%s%s}\n"
	return fmt.Sprintf(table, chains.String(),
		hook("forward", jumps[egress.own]+jumps[ingress.own]),
		// What a pod sends to the node itself. The node may reach its pods: the kubelet probes them.
		hook("input", jumps[egress.own]))
}

func hook(name, jumps string) string {
	const chain = " chain %s {\n  type filter hook %s priority 0;\n  ct state established,related return\n%s }\n"
	return fmt.Sprintf(chain, name, name, jumps)
}

// chainName is short enough for nft, and the same as long as the pod lives.
func chainName(d direction, pod *v1.Pod) string {
	digest := sha256.Sum256([]byte(pod.Namespace + "/" + pod.Name))
	return fmt.Sprintf("%s-%x", strings.ToLower(string(d.kind)), digest[:8])
}

// allowed are the nft matches of one rule of a policy for a pod: every peer with every port.
func (w world) allowed(d direction, pod *v1.Pod, namespace string, r rule) (found []string) {
	hosts, named := w.hosts(d, namespace, r.peers)
	if d.kind == netv1.PolicyTypeIngress {
		// A port with a name is one of the pod that is reached.
		named = []*v1.Pod{pod}
	}
	for _, host := range hosts {
		for _, port := range ports(r.ports, named) {
			found = append(found, strings.TrimSpace(host+" "+port))
		}
	}
	return found
}

// hosts are the matches of a rule's peers, and the pods among them; no peers at all means everybody.
func (w world) hosts(d direction, namespace string, peers []netv1.NetworkPolicyPeer) (matches []string, pods []*v1.Pod) {
	if len(peers) == 0 {
		return []string{""}, w.pods
	}
	for _, peer := range peers {
		if peer.IPBlock == nil {
			pods = append(pods, w.podsOf(namespace, peer)...)
		} else if !strings.Contains(peer.IPBlock.CIDR, ":") {
			match := fmt.Sprintf("ip %s %s", d.opposite, peer.IPBlock.CIDR)
			for _, except := range peer.IPBlock.Except {
				match += fmt.Sprintf(" ip %s != %s", d.opposite, except)
			}
			matches = append(matches, match)
		}
	}
	if len(pods) > 0 {
		matches = append(matches, fmt.Sprintf("ip %s { %s }", d.opposite, addresses(pods)))
	}
	return matches, pods
}

// ports are the matches of a list of ports; those with a name are looked up in the pods that are reached.
func ports(list []netv1.NetworkPolicyPort, reached []*v1.Pod) (found []string) {
	if len(list) == 0 {
		return []string{""}
	}
	for _, port := range list {
		protocol := "tcp"
		if port.Protocol != nil {
			protocol = strings.ToLower(string(*port.Protocol))
		}
		switch {
		case port.Port == nil:
			found = append(found, "meta l4proto "+protocol)
		case port.Port.Type == intstr.String:
			found = append(found, namedPorts(port.Port.StrVal, protocol, reached)...)
		case port.EndPort != nil:
			found = append(found, fmt.Sprintf("%s dport %d-%d", protocol, port.Port.IntVal, *port.EndPort))
		default:
			found = append(found, fmt.Sprintf("%s dport %d", protocol, port.Port.IntVal))
		}
	}
	return found
}

func namedPorts(name, protocol string, pods []*v1.Pod) (found []string) {
	for _, pod := range pods {
		for _, container := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
			for _, port := range container.Ports {
				if port.Name == name && (port.Protocol == "" || strings.EqualFold(string(port.Protocol), protocol)) {
					found = append(found,
						fmt.Sprintf("ip daddr %s %s dport %d", pod.Status.PodIP, protocol, port.ContainerPort))
				}
			}
		}
	}
	return found
}
