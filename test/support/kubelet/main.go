// A kubelet for tests: one Node whose containers are plain processes of this machine. What it serves (logs, exec, attach,
// port-forward) it serves with the packages that real kubelets and container runtimes serve it with, so that a real API
// server beside it answers a client as a cluster does.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/retry"
)

func main() {
	kubeconfig := flag.String("kubeconfig", os.Getenv("KUBECONFIG"), "the API server and how to reach it")
	name := flag.String("name", "test-kubelet", "the name of the Node")
	taint := flag.String("taint", "", "KEY=VALUE: only Pods that tolerate this are scheduled here")
	folder := flag.String("dir", "", "where containers live and log; default: a new temporary folder, removed at the end")
	flag.Parse()

	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	config.QPS, config.Burst = 500, 1000
	client := kubernetes.NewForConfigOrDie(config)

	root := *folder
	if root == "" {
		if root, err = os.MkdirTemp("", "test-kubelet-"); err != nil {
			log.Fatal(err)
		}
		defer os.RemoveAll(root)
	}

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	pods := newPods(client, *name, root)
	port, err := serve(pods)
	if err != nil {
		log.Fatal(err)
	}
	if err := register(ctx, client, *name, *taint, port); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("node %s is ready: kubelet on 127.0.0.1:%d\n", *name, port)
	pods.run(ctx)
	pods.killAll()
}

// register makes the Node, or takes over the one of an earlier run. Nobody watches its heartbeats: Leases are not kept.
func register(ctx context.Context, client kubernetes.Interface, name, taint string, port int32) error {
	nodes := client.CoreV1().Nodes()
	node := &v1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{
		v1.LabelHostname: name, v1.LabelOSStable: "linux", v1.LabelArchStable: "amd64",
	}}}
	if _, err := nodes.Create(ctx, node, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	// Admission taints a new Node as not ready; a controller would take that away, where one runs.
	var taints []v1.Taint
	if key, value, ok := strings.Cut(taint, "="); ok {
		taints = []v1.Taint{{Key: key, Value: value, Effect: v1.TaintEffectNoSchedule}}
	}
	if err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := nodes.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		current.Spec.Taints = taints
		_, err = nodes.Update(ctx, current, metav1.UpdateOptions{})
		return err
	}); err != nil {
		return err
	}
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		current, err := nodes.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		room := v1.ResourceList{
			v1.ResourceCPU: resource.MustParse("64"), v1.ResourceMemory: resource.MustParse("256Gi"),
			v1.ResourcePods: resource.MustParse("1000"), v1.ResourceEphemeralStorage: resource.MustParse("1Ti"),
		}
		current.Status = v1.NodeStatus{
			Capacity: room, Allocatable: room,
			// No host name: API servers would look it up.
			Addresses:       []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "127.0.0.1"}},
			DaemonEndpoints: v1.NodeDaemonEndpoints{KubeletEndpoint: v1.DaemonEndpoint{Port: port}},
			NodeInfo:        v1.NodeSystemInfo{OperatingSystem: "linux", Architecture: "amd64", KubeletVersion: "v1.36.3"},
			Conditions: []v1.NodeCondition{{
				Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady",
				LastHeartbeatTime: metav1.Now(), LastTransitionTime: metav1.Now(),
			}},
		}
		_, err = nodes.UpdateStatus(ctx, current, metav1.UpdateOptions{})
		return err
	})
}

func listen() (net.Listener, int32, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	return listener, int32(listener.Addr().(*net.TCPAddr).Port), nil
}
