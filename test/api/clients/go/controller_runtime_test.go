package clients

import (
	"context"
	"testing"

	"github.com/go-logr/logr"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

// A kind as kubebuilder scaffolds one, written out.
type Site struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              SiteSpec   `json:"spec,omitempty"`
	Status            SiteStatus `json:"status,omitempty"`
}

type SiteSpec struct {
	Image    string `json:"image"`
	Replicas *int32 `json:"replicas,omitempty"`
}

type SiteStatus struct {
	ObservedGeneration int64              `json:"observedGeneration,omitempty"`
	Conditions         []metav1.Condition `json:"conditions,omitempty"`
}

type SiteList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []Site `json:"items"`
}

func (s *Site) DeepCopyObject() runtime.Object {
	copied := *s
	s.ObjectMeta.DeepCopyInto(&copied.ObjectMeta)
	copied.Status.Conditions = append([]metav1.Condition(nil), s.Status.Conditions...)
	return &copied
}

func (l *SiteList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.Items = nil
	for i := range l.Items {
		copied.Items = append(copied.Items, *l.Items[i].DeepCopyObject().(*Site))
	}
	return &copied
}

var group = schema.GroupVersion{Group: "clients.example.com", Version: "v1"}

const finalizer = "clients.example.com/cleanup"

func definition() *apiextensionsv1.CustomResourceDefinition {
	one, length := 1.0, int64(1)
	object := func(properties map[string]apiextensionsv1.JSONSchemaProps) apiextensionsv1.JSONSchemaProps {
		return apiextensionsv1.JSONSchemaProps{Type: "object", Properties: properties}
	}
	keep := true
	status := object(nil)
	status.XPreserveUnknownFields = &keep
	spec := object(map[string]apiextensionsv1.JSONSchemaProps{
		"image":    {Type: "string", MinLength: &length},
		"replicas": {Type: "integer", Format: "int32", Minimum: &one, Default: &apiextensionsv1.JSON{Raw: []byte("2")}},
	})
	spec.Required = []string{"image"}
	root := object(map[string]apiextensionsv1.JSONSchemaProps{"spec": spec, "status": status})
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "sites.clients.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: group.Group, Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "sites", Singular: "site", Kind: "Site", ListKind: "SiteList"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				Schema:       &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &root},
			}},
		},
	}
}

// The operator: a Deployment for each Site, its state in the Site's status, and something to do before a Site goes.
type operator struct {
	client.Client
	cleaned chan string
}

func (o *operator) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var site Site
	if err := o.Get(ctx, request.NamespacedName, &site); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !site.DeletionTimestamp.IsZero() {
		if controllerutil.RemoveFinalizer(&site, finalizer) {
			o.cleaned <- site.Name
			return ctrl.Result{}, o.Update(ctx, &site)
		}
		return ctrl.Result{}, nil
	}
	if controllerutil.AddFinalizer(&site, finalizer) {
		if err := o.Update(ctx, &site); err != nil {
			return ctrl.Result{}, err
		}
	}
	wanted := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: site.Name, Namespace: site.Namespace}}
	if _, err := controllerutil.CreateOrUpdate(ctx, o.Client, wanted, func() error {
		labels := map[string]string{"site": site.Name}
		wanted.Spec.Replicas = site.Spec.Replicas
		wanted.Spec.Selector = &metav1.LabelSelector{MatchLabels: labels}
		wanted.Spec.Template.Labels = labels
		if len(wanted.Spec.Template.Spec.Containers) == 0 {
			wanted.Spec.Template.Spec.Containers = []corev1.Container{{Name: "site"}}
		}
		wanted.Spec.Template.Spec.Containers[0].Image = site.Spec.Image
		return controllerutil.SetControllerReference(&site, wanted, o.Scheme())
	}); err != nil {
		return ctrl.Result{}, err
	}
	before := site.DeepCopyObject().(*Site)
	condition := metav1.Condition{Type: "Ready", Status: metav1.ConditionFalse, Reason: "Waiting", ObservedGeneration: site.Generation}
	if wanted.Status.Replicas == *site.Spec.Replicas {
		condition.Status, condition.Reason = metav1.ConditionTrue, "Made"
	}
	meta.SetStatusCondition(&site.Status.Conditions, condition)
	site.Status.ObservedGeneration = site.Generation
	return ctrl.Result{}, o.Status().Patch(ctx, &site, client.MergeFrom(before))
}

func TestOperatorWithControllerRuntime(t *testing.T) {
	log.SetLogger(logr.Discard())
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	scheme.AddKnownTypes(group, &Site{}, &SiteList{})
	metav1.AddToGroupVersion(scheme, group)
	api := first(client.New(config(t), client.Options{Scheme: scheme}))
	space := namespace(t, clientOf(t))

	if err := api.Create(ctx(t), definition()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = api.Delete(context.Background(), definition()) })
	eventually(t, "the definition is established", func() bool {
		var now apiextensionsv1.CustomResourceDefinition
		if err := api.Get(ctx(t), client.ObjectKeyFromObject(definition()), &now); err != nil {
			return false
		}
		for _, condition := range now.Status.Conditions {
			if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
				return true
			}
		}
		return false
	})

	manager := first(ctrl.NewManager(config(t), ctrl.Options{
		Scheme: scheme, Metrics: server.Options{BindAddress: "0"},
		LeaderElection: true, LeaderElectionID: "clients", LeaderElectionNamespace: space, LeaderElectionReleaseOnCancel: true,
	}))
	works := &operator{Client: manager.GetClient(), cleaned: make(chan string, 10)}
	if err := ctrl.NewControllerManagedBy(manager).For(&Site{}).Owns(&appsv1.Deployment{}).Complete(reconcile.Reconciler(works)); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- manager.Start(running) }()

	site := &Site{ObjectMeta: metav1.ObjectMeta{Name: "shop", Namespace: space}, Spec: SiteSpec{Image: "shop:1"}}
	if err := api.Create(ctx(t), &Site{ObjectMeta: site.ObjectMeta}); !apierrors.IsInvalid(err) {
		t.Fatalf("a Site without an image: %v", err)
	}
	if err := api.Create(ctx(t), site); err != nil {
		t.Fatal(err)
	}
	key := client.ObjectKeyFromObject(site)
	isReady := func(generation int64) func() bool {
		return func() bool {
			var now Site
			if err := api.Get(ctx(t), key, &now); err != nil {
				return false
			}
			ready := meta.FindStatusCondition(now.Status.Conditions, "Ready")
			return ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == generation &&
				now.Generation == generation
		}
	}
	eventually(t, "the Site is ready", isReady(1))
	var made appsv1.Deployment
	if err := api.Get(ctx(t), key, &made); err != nil || *made.Spec.Replicas != 2 || !metav1.IsControlledBy(&made, site) {
		t.Fatalf("%v: the Deployment is %v", err, made)
	}

	// Somebody else's change is undone, and a change of the Site followed.
	changed := made.DeepCopy()
	four := int32(4)
	changed.Spec.Replicas = &four
	if err := api.Update(ctx(t), changed); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Deployment is as it should be again", func() bool {
		return api.Get(ctx(t), key, &made) == nil && *made.Spec.Replicas == 2
	})
	three := int32(3)
	patched := site.DeepCopyObject().(*Site)
	patched.Spec.Replicas = &three
	if err := api.Patch(ctx(t), patched, client.MergeFrom(site)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the Site is ready anew", isReady(2))

	if err := api.Delete(ctx(t), site); err != nil {
		t.Fatal(err)
	}
	if got := <-works.cleaned; got != "shop" {
		t.Fatalf("cleaned up after %s", got)
	}
	eventually(t, "the Site and its Deployment are gone", func() bool {
		return apierrors.IsNotFound(api.Get(ctx(t), key, &Site{})) && apierrors.IsNotFound(api.Get(ctx(t), key, &appsv1.Deployment{}))
	})
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
