package netpol

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	v1 "k8s.io/api/core/v1"
	netv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// pause between two looks: of a burst of changes, nft sees a few.
const pause = 50 * time.Millisecond

// Main is the program `netpol -kubeconfig FILE`; it runs in the network namespace of its node.
func Main() {
	kubeconfig := flag.String("kubeconfig", "", "file that says where the cluster is")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	factory := informers.NewSharedInformerFactory(kubernetes.NewForConfigOrDie(config), 0)
	pods := factory.Core().V1().Pods()
	namespaces := factory.Core().V1().Namespaces()
	policies := factory.Networking().V1().NetworkPolicies()
	changed := make(chan struct{}, 1)
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		if err := note(informer, changed); err != nil {
			klog.Fatal(err)
		}
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	enforce(ctx, changed, func() world {
		return observe(list(pods.Lister().List), list(namespaces.Lister().List), list(policies.Lister().List))
	})
}

// note marks every change that an informer sees, as one thing to do however many there are.
func note(informer cache.SharedIndexInformer, changed chan struct{}) error {
	mark := func() {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { mark() },
		UpdateFunc: func(any, any) { mark() },
		DeleteFunc: func(any) { mark() },
	})
	return err
}

// list is all of a cache, in the same order as long as it is the same: same input, same rules.
func list[T metav1.Object](all func(labels.Selector) ([]T, error)) []T {
	found, _ := all(labels.Everything()) // a cache in memory has no errors
	slices.SortFunc(found, func(a, b T) int { return strings.Compare(string(a.GetUID()), string(b.GetUID())) })
	return found
}

func observe(pods []*v1.Pod, namespaces []*v1.Namespace, policies []*netv1.NetworkPolicy) world {
	found := world{namespaces: map[string]labels.Set{}, policies: policies}
	for _, pod := range pods {
		if hasAddress(pod) {
			found.pods = append(found.pods, pod)
		}
	}
	for _, namespace := range namespaces {
		found.namespaces[namespace.Name] = namespace.Labels
	}
	return found
}

// enforce hands nft the rules after each change that makes others of them, and again when it refused them.
func enforce(ctx context.Context, changed chan struct{}, look func() world) {
	inForce := ""
	retry := time.After(0) // at the start there is nothing yet
	for {
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-retry:
		}
		now := look()
		rules := now.ruleset()
		if rules != inForce {
			nft := exec.CommandContext(ctx, "nft", "-f", "-")
			nft.Stdin = strings.NewReader(rules)
			if output, err := nft.CombinedOutput(); err != nil {
				klog.Errorf("nft: %v: %s\n%s", err, output, rules)
				retry = time.After(time.Second)
			} else {
				inForce = rules
				klog.Infof("%d pods, %d policies in force", len(now.pods), len(now.policies))
			}
		}
		time.Sleep(pause)
	}
}
