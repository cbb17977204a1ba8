// Package netpol makes NetworkPolicies hold on a node: it turns them into rules of nftables. IPv4 only.
package netpol

import (
	"slices"
	"strings"

	v1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// world is what policies are judged against: pods that have an address of their own, and the labels of namespaces.
type world struct {
	pods       []*v1.Pod
	namespaces map[string]labels.Set
	policies   []*netv1.NetworkPolicy
}

func matches(selector *metav1.LabelSelector, set map[string]string) bool {
	found, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && found.Matches(labels.Set(set))
}

// policiesOf are the policies that isolate a pod in a direction.
func (w world) policiesOf(pod *v1.Pod, direction netv1.PolicyType) (found []*netv1.NetworkPolicy) {
	for _, policy := range w.policies {
		if policy.Namespace == pod.Namespace && matches(&policy.Spec.PodSelector, pod.Labels) &&
			slices.Contains(policy.Spec.PolicyTypes, direction) {
			found = append(found, policy)
		}
	}
	return found
}

// podsOf are the pods that one peer of a policy in a namespace names.
func (w world) podsOf(namespace string, peer netv1.NetworkPolicyPeer) (found []*v1.Pod) {
	for _, pod := range w.pods {
		near := pod.Namespace == namespace
		if peer.NamespaceSelector != nil {
			near = matches(peer.NamespaceSelector, w.namespaces[pod.Namespace])
		}
		if near && (peer.PodSelector == nil || matches(peer.PodSelector, pod.Labels)) {
			found = append(found, pod)
		}
	}
	return found
}

// hasAddress tells whether a pod counts: not those on the node's own network, nor those that have ended.
func hasAddress(pod *v1.Pod) bool {
	ended := pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed
	return pod.Status.PodIP != "" && !pod.Spec.HostNetwork && !ended
}

// addresses are the members of an nft set.
func addresses(pods []*v1.Pod) string {
	var found []string
	for _, pod := range pods {
		found = append(found, pod.Status.PodIP)
	}
	slices.Sort(found)
	return strings.Join(slices.Compact(found), ", ")
}
