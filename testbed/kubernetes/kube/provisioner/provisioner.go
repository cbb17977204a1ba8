// Package provisioner makes volumes that are directories: what a storage class of a cloud does, with no cloud.
package provisioner

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

// Name is what storage classes have as their provisioner.
const Name = "openstack-hub-testbed/directory"

// Directories has a directory below its root for each volume. All nodes see the root, as they see an NFS server.
type Directories struct{ root string }

// Provision makes the directory of a claim. Its size is what was asked for; nothing ends who fills more than that.
func (d Directories) Provision(_ context.Context, options controller.ProvisionOptions) (*v1.PersistentVolume, controller.ProvisioningState, error) {
	if options.PVC.Spec.Selector != nil {
		return nil, controller.ProvisioningFinished, errors.New("a claim with a selector cannot be met: volumes have no labels")
	}
	directory := filepath.Join(d.root, options.PVName)
	if err := os.MkdirAll(directory, 0o777); err != nil {
		return nil, controller.ProvisioningNoChange, err
	}
	// Whichever user the pod has: the kubelet gives no directory of this kind to a pod's group.
	if err := os.Chmod(directory, 0o777); err != nil {
		return nil, controller.ProvisioningNoChange, err
	}
	kind := v1.HostPathDirectory
	return &v1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: options.PVName},
		Spec: v1.PersistentVolumeSpec{
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			AccessModes:                   options.PVC.Spec.AccessModes,
			MountOptions:                  options.StorageClass.MountOptions,
			Capacity: v1.ResourceList{
				v1.ResourceStorage: options.PVC.Spec.Resources.Requests[v1.ResourceStorage],
			},
			PersistentVolumeSource: v1.PersistentVolumeSource{
				HostPath: &v1.HostPathVolumeSource{Path: directory, Type: &kind},
			},
		},
	}, controller.ProvisioningFinished, nil
}

// Delete removes the directory of a volume; it is called for the reclaim policy Delete alone.
func (d Directories) Delete(_ context.Context, volume *v1.PersistentVolume) error {
	directory := filepath.Join(d.root, volume.Name)
	if volume.Spec.HostPath == nil || volume.Spec.HostPath.Path != directory {
		// Somebody wrote this volume by hand and named us.
		return fmt.Errorf("volume %s is not %s: left alone", volume.Name, directory)
	}
	return os.RemoveAll(directory)
}

// Main is the program `provisioner -kubeconfig FILE -root DIRECTORY`.
func Main() {
	kubeconfig := flag.String("kubeconfig", "", "file that says where the cluster is")
	root := flag.String("root", "", "directory of all volumes, the same on all nodes")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	client := kubernetes.NewForConfigOrDie(config)
	controller.NewProvisionController(ctx, client, Name, Directories{*root}, controller.LeaderElection(false)).Run(ctx)
}
