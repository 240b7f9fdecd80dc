package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/retry"
)

// pods are those of this Node, by namespace and name.
type pods struct {
	client kubernetes.Interface
	node   string
	root   string

	mu    sync.Mutex
	known map[string]*pod
	made  int
}

// pod is one Pod's containers. Its goroutine alone changes them.
type pod struct {
	pods      *pods
	namespace string
	name      string
	uid       types.UID
	// Where its programs should listen, on this machine, and the address that stands in its status.
	address, podIP string
	started        metav1.Time
	// The newest object of the API, and that something has happened.
	spec    chan *v1.Pod
	changed chan struct{}

	mu         sync.Mutex
	init       []*container
	containers []*container
	ephemeral  []*container
}

func newPods(client kubernetes.Interface, node, root string) *pods {
	return &pods{client: client, node: node, root: root, known: map[string]*pod{}}
}

// run starts and ends what the API says, until the context is done.
func (all *pods) run(ctx context.Context) {
	source := cache.NewListWatchFromClient(all.client.CoreV1().RESTClient(), "pods", v1.NamespaceAll,
		fields.OneTermEqualSelector("spec.nodeName", all.node))
	tell := func(object any) {
		if object, ok := object.(*v1.Pod); ok {
			all.told(ctx, object)
		}
	}
	_, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: source, ObjectType: &v1.Pod{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    tell,
			UpdateFunc: func(_, object any) { tell(object) },
			DeleteFunc: func(object any) {
				if unknown, ok := object.(cache.DeletedFinalStateUnknown); ok {
					object = unknown.Obj
				}
				if object, ok := object.(*v1.Pod); ok {
					all.gone(object)
				}
			},
		},
	})
	informer.RunWithContext(ctx)
}

func (all *pods) told(ctx context.Context, object *v1.Pod) {
	key := object.Namespace + "/" + object.Name
	all.mu.Lock()
	defer all.mu.Unlock()
	known := all.known[key]
	if known != nil && known.uid != object.UID {
		known.kill()
		known = nil
	}
	if known == nil {
		all.made++
		// The same Pod gets the same address as long as nobody else has it; tests read it from the status.
		hash := fnv.New32a()
		fmt.Fprintf(hash, "%s %d", key, all.made)
		third, fourth := hash.Sum32()>>8&0xff, hash.Sum32()%254+1
		known = &pod{
			pods: all, namespace: object.Namespace, name: object.Name, uid: object.UID, started: metav1.Now(),
			address: fmt.Sprintf("127.244.%d.%d", third, fourth), podIP: fmt.Sprintf("10.244.%d.%d", third, fourth),
			spec: make(chan *v1.Pod, 1), changed: make(chan struct{}, 1),
		}
		all.known[key] = known
		go known.live(ctx)
	}
	// Only the newest counts.
	select {
	case <-known.spec:
	default:
	}
	known.spec <- object
}

func (all *pods) gone(object *v1.Pod) {
	key := object.Namespace + "/" + object.Name
	all.mu.Lock()
	defer all.mu.Unlock()
	if known := all.known[key]; known != nil && known.uid == object.UID {
		delete(all.known, key)
		known.kill()
		os.RemoveAll(known.folder())
	}
}

func (all *pods) named(namespace, name string) *pod {
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.known[namespace+"/"+name]
}

func (all *pods) byUID(uid string) *pod {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, each := range all.known {
		if string(each.uid) == uid {
			return each
		}
	}
	return nil
}

func (all *pods) byID(id string) *container {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, pod := range all.known {
		for _, each := range pod.every() {
			if each.id == id {
				return each
			}
		}
	}
	return nil
}

// running is a container that something can be run in.
func (all *pods) running(namespace, name, container string) (*container, error) {
	pod := all.named(namespace, name)
	if pod == nil {
		return nil, fmt.Errorf("pod does not exist")
	}
	found := pod.container(container)
	if found == nil || found.currentState().Running == nil {
		return nil, fmt.Errorf("container not found (%q)", container)
	}
	return found, nil
}

func (all *pods) killAll() {
	all.mu.Lock()
	defer all.mu.Unlock()
	for _, each := range all.known {
		each.kill()
	}
}

func (p *pod) folder() string { return filepath.Join(p.pods.root, string(p.uid)) }

func (p *pod) every() []*container {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append(append(append([]*container{}, p.init...), p.containers...), p.ephemeral...)
}

func (p *pod) container(name string) *container {
	for _, each := range p.every() {
		if each.spec.Name == name {
			return each
		}
	}
	return nil
}

func (p *pod) kill() {
	for _, each := range p.every() {
		each.kill()
	}
}

// live follows the Pod from its first sight to its end.
func (p *pod) live(ctx context.Context) {
	object := <-p.spec
	p.mu.Lock()
	for _, each := range object.Spec.InitContainers {
		p.init = append(p.init, newContainer(p, each))
	}
	for _, each := range object.Spec.Containers {
		p.containers = append(p.containers, newContainer(p, each))
	}
	p.mu.Unlock()
	for {
		if object.DeletionTimestamp != nil {
			p.end(ctx, object)
			return
		}
		p.advance(object)
		p.report(ctx)
		select {
		case <-ctx.Done():
			return
		case object = <-p.spec:
		case <-p.changed:
		}
	}
}

// advance starts what is to run by now: init containers one after the other, then all others; again what has ended, by
// the restart policy.
func (p *pod) advance(object *v1.Pod) {
	for _, each := range p.init {
		state := each.currentState()
		if state.Terminated != nil && state.Terminated.ExitCode == 0 {
			continue
		}
		if state.Terminated != nil && object.Spec.RestartPolicy == v1.RestartPolicyNever {
			return
		}
		each.startOrRestart()
		return
	}
	for _, each := range p.containers {
		state := each.currentState()
		policy := object.Spec.RestartPolicy
		over := state.Terminated != nil &&
			(policy == v1.RestartPolicyNever || policy == v1.RestartPolicyOnFailure && state.Terminated.ExitCode == 0)
		if !over {
			each.startOrRestart()
		}
	}
	for _, each := range object.Spec.EphemeralContainers {
		if p.container(each.Name) == nil {
			started := newContainer(p, v1.Container(each.EphemeralContainerCommon))
			p.mu.Lock()
			p.ephemeral = append(p.ephemeral, started)
			p.mu.Unlock()
			started.startOrRestart()
		}
	}
}

// end gives the containers their grace, then takes the Pod out of the API.
func (p *pod) end(ctx context.Context, object *v1.Pod) {
	grace := time.Duration(0)
	if object.DeletionGracePeriodSeconds != nil {
		grace = time.Duration(*object.DeletionGracePeriodSeconds) * time.Second
	}
	deadline := time.After(grace)
	for _, each := range p.every() {
		each.terminate()
	}
	for _, each := range p.every() {
		select {
		case <-each.ended():
		case <-deadline:
			each.kill()
			<-each.ended()
		case <-ctx.Done():
			return
		}
	}
	p.report(ctx)
	now := int64(0)
	err := p.pods.client.CoreV1().Pods(p.namespace).Delete(ctx, p.name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.uid},
	})
	if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "pod %s/%s stays: %v\n", p.namespace, p.name, err)
	}
}

// report writes the status that the containers have now.
func (p *pod) report(ctx context.Context) {
	err := retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		object, err := p.pods.client.CoreV1().Pods(p.namespace).Get(ctx, p.name, metav1.GetOptions{})
		if err != nil || object.UID != p.uid {
			return err
		}
		before := object.Status.DeepCopy()
		p.fill(object)
		if fmt.Sprint(before) == fmt.Sprint(&object.Status) {
			return nil
		}
		_, err = p.pods.client.CoreV1().Pods(p.namespace).UpdateStatus(ctx, object, metav1.UpdateOptions{})
		return err
	})
	if err != nil && !apierrors.IsNotFound(err) && ctx.Err() == nil {
		fmt.Fprintf(os.Stderr, "status of pod %s/%s: %v\n", p.namespace, p.name, err)
	}
}

func (p *pod) fill(object *v1.Pod) {
	status := &object.Status
	status.HostIP, status.HostIPs = "127.0.0.1", []v1.HostIP{{IP: "127.0.0.1"}}
	status.PodIP, status.PodIPs = p.podIP, []v1.PodIP{{IP: p.podIP}}
	status.StartTime = &p.started
	initialized, ready, ended, failed := true, true, true, false
	status.InitContainerStatuses = nil
	for _, each := range p.init {
		own := each.status()
		status.InitContainerStatuses = append(status.InitContainerStatuses, own)
		initialized = initialized && own.State.Terminated != nil && own.State.Terminated.ExitCode == 0
	}
	status.ContainerStatuses = nil
	for _, each := range p.containers {
		own := each.status()
		status.ContainerStatuses = append(status.ContainerStatuses, own)
		ready = ready && own.Ready
		ended = ended && own.State.Terminated != nil
		failed = failed || own.State.Terminated != nil && own.State.Terminated.ExitCode != 0
	}
	status.EphemeralContainerStatuses = nil
	for _, each := range p.ephemeral {
		status.EphemeralContainerStatuses = append(status.EphemeralContainerStatuses, each.status())
	}
	restarts := object.Spec.RestartPolicy == v1.RestartPolicyAlways ||
		object.Spec.RestartPolicy == v1.RestartPolicyOnFailure && failed
	switch {
	case !initialized:
		status.Phase = v1.PodPending
	case ended && (!restarts || object.DeletionTimestamp != nil):
		status.Phase = v1.PodSucceeded
		if failed {
			status.Phase = v1.PodFailed
		}
	default:
		status.Phase = v1.PodRunning
	}
	condition(status, v1.PodReadyToStartContainers, !ended)
	condition(status, v1.PodInitialized, initialized)
	condition(status, v1.PodReady, ready && initialized)
	condition(status, v1.ContainersReady, ready && initialized)
	condition(status, v1.PodScheduled, true)
}

func condition(status *v1.PodStatus, name v1.PodConditionType, holds bool) {
	value := v1.ConditionFalse
	if holds {
		value = v1.ConditionTrue
	}
	for i := range status.Conditions {
		if each := &status.Conditions[i]; each.Type == name {
			if each.Status != value {
				each.Status, each.LastTransitionTime = value, metav1.Now()
			}
			return
		}
	}
	status.Conditions = append(status.Conditions,
		v1.PodCondition{Type: name, Status: value, LastTransitionTime: metav1.Now()})
}
