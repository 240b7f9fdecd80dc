// Package clients holds programs as people write them with client-go and controller-runtime, against the API server that
// KUBECONFIG names. It is not a mock's: each asks for what the server says, and checks what it was told.
package clients

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	appsapply "k8s.io/client-go/applyconfigurations/apps/v1"
	coreapply "k8s.io/client-go/applyconfigurations/core/v1"
	metaapply "k8s.io/client-go/applyconfigurations/meta/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/retry"
)

// Far more than any of it takes: waits are for events.
const patience = 60 * time.Second

func config(t *testing.T) *rest.Config {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = 1000
	config.Burst = 1000
	return config
}

func clientOf(t *testing.T) kubernetes.Interface {
	t.Helper()
	client, err := kubernetes.NewForConfig(config(t))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// namespace makes one that is gone after the test.
func namespace(t *testing.T, client kubernetes.Interface) string {
	t.Helper()
	made, err := client.CoreV1().Namespaces().Create(ctx(t), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "clients-"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = client.CoreV1().Namespaces().Delete(context.Background(), made.Name, metav1.DeleteOptions{})
	})
	return made.Name
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if is() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// recorder notes the queries of requests.
type recorder struct {
	next    http.RoundTripper
	mutex   sync.Mutex
	queries []string
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mutex.Lock()
	r.queries = append(r.queries, request.URL.Query().Encode())
	r.mutex.Unlock()
	return r.next.RoundTrip(request)
}

func (r *recorder) has(part string) bool {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for _, query := range r.queries {
		if strings.Contains(query, part) {
			return true
		}
	}
	return false
}

func configMap(name string, labels map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}, Data: map[string]string{"n": "0"}}
}

func TestInformerSeesEverythingByWatchList(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	maps := client.CoreV1().ConfigMaps(space)
	for i := range 50 {
		first(maps.Create(ctx(t), configMap(fmt.Sprintf("before-%d", i), nil), metav1.CreateOptions{}))
	}

	noting := config(t)
	seen := &recorder{}
	noting.Wrap(func(next http.RoundTripper) http.RoundTripper { seen.next = next; return seen })
	factory := informers.NewSharedInformerFactoryWithOptions(
		first(kubernetes.NewForConfig(noting)), 0, informers.WithNamespace(space))
	informer := factory.Core().V1().ConfigMaps().Informer()
	var mutex sync.Mutex
	var added, updated, deleted int
	first(informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { mutex.Lock(); added++; mutex.Unlock() },
		UpdateFunc: func(any, any) { mutex.Lock(); updated++; mutex.Unlock() },
		DeleteFunc: func(any) { mutex.Lock(); deleted++; mutex.Unlock() },
	}))
	factory.Start(t.Context().Done())
	if !cache.WaitForCacheSync(ctx(t).Done(), informer.HasSynced) {
		t.Fatal("the informer never synced")
	}
	// kube-root-ca.crt is in each namespace.
	if got := len(informer.GetStore().List()); got != 51 {
		t.Fatalf("%d objects after the sync, not 51", got)
	}
	if !seen.has("sendInitialEvents=true") {
		t.Fatalf("the informer listed instead of watching from the start: %v", seen.queries)
	}

	for i := range 20 {
		name := fmt.Sprintf("before-%d", i)
		patch := []byte(fmt.Sprintf(`{"data":{"n":"%d"}}`, i+1))
		first(maps.Patch(ctx(t), name, types.MergePatchType, patch, metav1.PatchOptions{}))
	}
	for i := range 10 {
		if err := maps.Delete(ctx(t), fmt.Sprintf("before-%d", 40+i), metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all events seen", func() bool {
		mutex.Lock()
		defer mutex.Unlock()
		return added == 51 && updated == 20 && deleted == 10
	})
	item, exists, _ := informer.GetStore().GetByKey(space + "/before-7")
	if !exists || item.(*corev1.ConfigMap).Data["n"] != "8" {
		t.Fatalf("the cache has %v", item)
	}
}

// first is what a call returns that must not fail: a panic fails the test and says where.
func first[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func TestPagerReadsListInPages(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	for i := range 25 {
		first(client.CoreV1().ConfigMaps(space).Create(ctx(t), configMap(fmt.Sprintf("m-%02d", i), map[string]string{"page": "d"}), metav1.CreateOptions{}))
	}
	pages := 0
	list := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		pages++
		return client.CoreV1().ConfigMaps(space).List(ctx, options)
	})
	list.PageSize = 10
	var names []string
	err := list.EachListItem(ctx(t), metav1.ListOptions{LabelSelector: "page=d"}, func(object runtime.Object) error {
		names = append(names, object.(*corev1.ConfigMap).Name)
		return nil
	})
	if err != nil || len(names) != 25 || pages != 3 || names[0] != "m-00" || names[24] != "m-24" {
		t.Fatalf("%v: %d names in %d pages: %v", err, len(names), pages, names)
	}
}

func TestConflictingUpdatesAreRetried(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	maps := client.CoreV1().ConfigMaps(space)
	first(maps.Create(ctx(t), configMap("counter", nil), metav1.CreateOptions{}))
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			err := retry.RetryOnConflict(wait.Backoff{Steps: 50, Duration: 5 * time.Millisecond, Factor: 1.2, Jitter: 0.5}, func() error {
				current, err := maps.Get(t.Context(), "counter", metav1.GetOptions{})
				if err != nil {
					return err
				}
				var n int
				_, _ = fmt.Sscan(current.Data["n"], &n)
				current.Data["n"] = fmt.Sprint(n + 1)
				_, err = maps.Update(t.Context(), current, metav1.UpdateOptions{})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := first(maps.Get(ctx(t), "counter", metav1.GetOptions{})).Data["n"]; got != "10" {
		t.Fatalf("ten increments made %s", got)
	}
	stale := first(maps.Get(ctx(t), "counter", metav1.GetOptions{}))
	stale.ResourceVersion = "1"
	if _, err := maps.Update(ctx(t), stale, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		t.Fatalf("a stale update: %v", err)
	}
}

func deployment(name string) *appsv1.Deployment {
	replicas := int32(2)
	labels := map[string]string{"app": name}
	return &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec: corev1.PodSpec{Containers: []corev1.Container{
					{Name: "main", Image: "main:1"}, {Name: "side", Image: "side:1"},
				}},
			},
		},
	}
}

func TestTypedPatches(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	deployments := client.AppsV1().Deployments(space)
	first(deployments.Create(ctx(t), deployment("web"), metav1.CreateOptions{}))

	patch := func(kind types.PatchType, body string) *appsv1.Deployment {
		return first(deployments.Patch(ctx(t), "web", kind, []byte(body), metav1.PatchOptions{}))
	}
	strategic := patch(types.StrategicMergePatchType, `{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"side:2"}]}}}}`)
	if got := strategic.Spec.Template.Spec.Containers; len(got) != 2 || got[0].Image != "main:1" || got[1].Image != "side:2" {
		t.Fatalf("strategic merge: %v", got)
	}
	merged := patch(types.MergePatchType, `{"spec":{"replicas":3},"metadata":{"labels":{"a":"b"}}}`)
	if *merged.Spec.Replicas != 3 || merged.Labels["a"] != "b" {
		t.Fatalf("merge: %v", merged)
	}
	jsoned := patch(types.JSONPatchType, `[{"op":"test","path":"/spec/replicas","value":3},{"op":"remove","path":"/metadata/labels/a"}]`)
	if _, is := jsoned.Labels["a"]; is {
		t.Fatalf("JSON patch: %v", jsoned.Labels)
	}
	if jsoned.Generation != 3 {
		t.Fatalf("generation %d after two changes of the spec", jsoned.Generation)
	}
	if _, err := deployments.Patch(ctx(t), "web", types.JSONPatchType, []byte(`[{"op":"test","path":"/spec/replicas","value":9}]`), metav1.PatchOptions{}); !apierrors.IsInvalid(err) {
		t.Fatalf("a test that fails: %v", err)
	}
	if _, err := deployments.Patch(ctx(t), "missing", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{}); !apierrors.IsNotFound(err) {
		t.Fatalf("a missing object: %v", err)
	}
	if _, err := deployments.Create(ctx(t), deployment("web"), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		t.Fatalf("a second create: %v", err)
	}
}

func TestServerSideApply(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	deployments := client.AppsV1().Deployments(space)
	labels := map[string]string{"app": "web"}
	apply := func(manager string, image string, replicas int32, force bool) (*appsv1.Deployment, error) {
		wanted := appsapply.Deployment("web", space).WithSpec(appsapply.DeploymentSpec().
			WithReplicas(replicas).
			WithSelector(metaapply.LabelSelector().WithMatchLabels(labels)).
			WithTemplate(coreapply.PodTemplateSpec().WithLabels(labels).WithSpec(coreapply.PodSpec().
				WithContainers(coreapply.Container().WithName("main").WithImage(image)))))
		return deployments.Apply(ctx(t), wanted, metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	first(apply("one", "main:1", 1, false))
	if _, err := apply("two", "main:2", 1, false); !apierrors.IsConflict(err) {
		t.Fatalf("another manager's image: %v", err)
	}
	taken := first(apply("two", "main:2", 1, true))
	if got := taken.Spec.Template.Spec.Containers[0].Image; got != "main:2" {
		t.Fatalf("forced: %s", got)
	}
	extracted := first(appsapply.ExtractDeployment(taken, "two"))
	if got := *extracted.Spec.Template.Spec.Containers[0].Image; got != "main:2" {
		t.Fatalf("extracted: %s", got)
	}
	if extracted, _ := appsapply.ExtractDeployment(taken, "one"); extracted.Spec.Template.Spec.Containers[0].Image != nil {
		t.Fatal("the first manager still owns the image")
	}
}

func TestDynamicClientWithWatch(t *testing.T) {
	client := first(dynamic.NewForConfig(config(t)))
	space := namespace(t, clientOf(t))
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(space)
	object := func(name, tier string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": map[string]any{"name": name, "labels": map[string]any{"tier": tier}},
			"data":     map[string]any{"a": "b"},
		}}
	}
	list := first(maps.List(ctx(t), metav1.ListOptions{}))
	watching := first(maps.Watch(ctx(t), metav1.ListOptions{ResourceVersion: list.GetResourceVersion(), LabelSelector: "tier=x"}))
	defer watching.Stop()
	first(maps.Create(ctx(t), object("one", "x"), metav1.CreateOptions{}))
	first(maps.Create(ctx(t), object("two", "y"), metav1.CreateOptions{}))
	// Comes into the selection, and leaves it again.
	first(maps.Patch(ctx(t), "two", types.MergePatchType, []byte(`{"metadata":{"labels":{"tier":"x"}}}`), metav1.PatchOptions{}))
	first(maps.Patch(ctx(t), "two", types.MergePatchType, []byte(`{"metadata":{"labels":{"tier":"y"}}}`), metav1.PatchOptions{}))
	first(maps.Apply(ctx(t), "one", object("one", "x"), metav1.ApplyOptions{FieldManager: "test", Force: true}))
	if err := maps.DeleteCollection(ctx(t), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "tier"}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, want := range []watch.EventType{watch.Added, watch.Added, watch.Deleted, watch.Modified, watch.Deleted} {
		event, open := <-watching.ResultChan()
		if !open {
			t.Fatalf("the watch ended after %v", got)
		}
		got = append(got, string(event.Type))
		if event.Type != want {
			t.Fatalf("%v, and then not %s", got, want)
		}
	}
}

func TestLeaderElection(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	leads := make(chan string, 10)
	start := func(name string) context.CancelFunc {
		running, stop := context.WithCancel(t.Context())
		lock := &resourcelock.LeaseLock{
			LeaseMeta:  metav1.ObjectMeta{Name: "leader", Namespace: space},
			Client:     client.CoordinationV1(),
			LockConfig: resourcelock.ResourceLockConfig{Identity: name},
		}
		go leaderelection.RunOrDie(running, leaderelection.LeaderElectionConfig{
			Lock: lock, ReleaseOnCancel: true, LeaseDuration: 15 * time.Second, RenewDeadline: 10 * time.Second, RetryPeriod: 200 * time.Millisecond,
			Callbacks: leaderelection.LeaderCallbacks{
				OnStartedLeading: func(context.Context) { leads <- name },
				OnStoppedLeading: func() {},
			},
		})
		return stop
	}
	stop := start("one")
	if got := <-leads; got != "one" {
		t.Fatalf("%s leads", got)
	}
	defer start("two")()
	select {
	case got := <-leads:
		t.Fatalf("%s leads as well", got)
	case <-time.After(time.Second):
	}
	stop()
	select {
	case got := <-leads:
		if got != "two" {
			t.Fatalf("%s leads", got)
		}
	case <-time.After(patience):
		t.Fatal("nobody follows")
	}
}

func TestEventsAreRecorded(t *testing.T) {
	client := clientOf(t)
	space := namespace(t, client)
	about := first(client.CoreV1().ConfigMaps(space).Create(ctx(t), configMap("about", nil), metav1.CreateOptions{}))
	broadcaster := record.NewBroadcaster()
	defer broadcaster.Shutdown()
	broadcaster.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: client.CoreV1().Events(space)})
	events := broadcaster.NewRecorder(clientgoscheme.Scheme, corev1.EventSource{Component: "clients"})
	for range 3 {
		events.Event(about, corev1.EventTypeWarning, "Tried", "it was tried")
	}
	eventually(t, "three events counted in one", func() bool {
		list := first(client.CoreV1().Events(space).List(ctx(t), metav1.ListOptions{FieldSelector: "involvedObject.name=about,reason=Tried"}))
		return len(list.Items) == 1 && list.Items[0].Count == 3
	})
}

func TestProtobufIsSpokenAsFarAsItGoes(t *testing.T) {
	configured := config(t)
	configured.ContentType = "application/vnd.kubernetes.protobuf"
	configured.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	client := first(kubernetes.NewForConfig(configured))
	space := namespace(t, client)
	made := first(client.AppsV1().Deployments(space).Create(ctx(t), deployment("web"), metav1.CreateOptions{}))
	read := first(client.AppsV1().Deployments(space).Get(ctx(t), "web", metav1.GetOptions{}))
	if made.UID != read.UID || read.Spec.Template.Spec.Containers[1].Image != "side:1" {
		t.Fatalf("%v is not %v", read, made)
	}
	read.Spec.Paused = true
	updated := first(client.AppsV1().Deployments(space).Update(ctx(t), read, metav1.UpdateOptions{}))
	if !updated.Spec.Paused {
		t.Fatal("the update was lost")
	}
}

func TestDiscoveryNamesEverything(t *testing.T) {
	client := clientOf(t)
	_, lists, err := client.Discovery().ServerGroupsAndResources()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, list := range lists {
		count += len(list.APIResources)
	}
	if count < 50 {
		t.Fatalf("%d resources", count)
	}
	document := first(client.Discovery().OpenAPIV3().Paths())
	body := first(document["apis/apps/v1"].Schema("application/json"))
	var parsed struct{ Paths map[string]any }
	if err := json.Unmarshal(body, &parsed); err != nil || len(parsed.Paths) == 0 {
		t.Fatalf("%v: %d paths", err, len(parsed.Paths))
	}
}
