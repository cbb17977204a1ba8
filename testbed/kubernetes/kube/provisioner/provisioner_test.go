package provisioner

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	v1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func claim(policy v1.PersistentVolumeReclaimPolicy) controller.ProvisionOptions {
	size := v1.ResourceList{v1.ResourceStorage: resource.MustParse("3Gi")}
	return controller.ProvisionOptions{
		PVName:       "pvc-1",
		StorageClass: &storagev1.StorageClass{ReclaimPolicy: &policy},
		PVC: &v1.PersistentVolumeClaim{Spec: v1.PersistentVolumeClaimSpec{
			AccessModes: []v1.PersistentVolumeAccessMode{v1.ReadWriteOnce},
			Resources:   v1.VolumeResourceRequirements{Requests: size},
		}},
	}
}

func TestVolumeIsWhatTheClaimAndItsClassSay(t *testing.T) {
	directories := Directories{t.TempDir()}
	volume, _, err := directories.Provision(context.Background(), claim(v1.PersistentVolumeReclaimRetain))
	if err != nil {
		t.Fatal(err)
	}
	if size := volume.Spec.Capacity[v1.ResourceStorage]; size.String() != "3Gi" {
		t.Errorf("size %s", size.String())
	}
	if policy := volume.Spec.PersistentVolumeReclaimPolicy; policy != v1.PersistentVolumeReclaimRetain {
		t.Errorf("policy %s", policy)
	}
	if found, err := os.Stat(volume.Spec.HostPath.Path); err != nil || found.Mode().Perm() != 0o777 {
		t.Errorf("directory: %v, %v", found, err)
	}
}

func TestDeleteRemovesItsOwnDirectoryAlone(t *testing.T) {
	root := t.TempDir()
	directories := Directories{filepath.Join(root, "volumes")}
	volume, _, err := directories.Provision(context.Background(), claim(v1.PersistentVolumeReclaimDelete))
	if err != nil {
		t.Fatal(err)
	}
	foreign := volume.DeepCopy()
	foreign.Spec.HostPath.Path = root
	if err := directories.Delete(context.Background(), foreign); err == nil {
		t.Error("a foreign volume was deleted")
	}
	if _, err := os.Stat(volume.Spec.HostPath.Path); err != nil {
		t.Error(err)
	}
	if err := directories.Delete(context.Background(), volume); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(volume.Spec.HostPath.Path); !os.IsNotExist(err) {
		t.Errorf("the directory is still there: %v", err)
	}
}

func TestClaimWithSelectorIsRefused(t *testing.T) {
	options := claim(v1.PersistentVolumeReclaimDelete)
	options.PVC.Spec.Selector = &metav1.LabelSelector{}
	if _, _, err := (Directories{t.TempDir()}).Provision(context.Background(), options); err == nil {
		t.Error("it was met")
	}
}
