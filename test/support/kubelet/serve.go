package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/cert"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/cri-streaming/pkg/streaming"
	"k8s.io/cri-streaming/pkg/streaming/remotecommand"
)

// serve answers what an API server asks of a kubelet, over TLS on a free port of loopback. It asks for no credentials:
// only the API server of the test knows the port.
func serve(pods *pods) (int32, error) {
	certificate, key, err := cert.GenerateSelfSignedCertKey("127.0.0.1", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return 0, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	if err != nil {
		return 0, err
	}
	listener, port, err := listen()
	if err != nil {
		return 0, err
	}
	streams, err := streaming.NewServer(streaming.DefaultConfig, streamed{pods})
	if err != nil {
		return 0, err
	}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /containerLogs/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
		serveLogs(pods, w, r)
	})
	for _, method := range []string{"GET ", "POST "} {
		mux.HandleFunc(method+"/exec/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
			redirect(w, r, streams, func(options *remotecommand.Options) (string, error) {
				container, err := pods.running(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
				if err != nil {
					return "", err
				}
				granted, err := streams.GetExec(&runtimeapi.ExecRequest{
					ContainerId: container.id, Cmd: r.URL.Query()["command"],
					Stdin: options.Stdin, Stdout: options.Stdout, Stderr: options.Stderr, Tty: options.TTY,
				})
				return granted.GetUrl(), err
			})
		})
		mux.HandleFunc(method+"/attach/{namespace}/{pod}/{container}", func(w http.ResponseWriter, r *http.Request) {
			redirect(w, r, streams, func(options *remotecommand.Options) (string, error) {
				container, err := pods.running(r.PathValue("namespace"), r.PathValue("pod"), r.PathValue("container"))
				if err != nil {
					return "", err
				}
				granted, err := streams.GetAttach(&runtimeapi.AttachRequest{
					ContainerId: container.id,
					Stdin:       options.Stdin, Stdout: options.Stdout, Stderr: options.Stderr, Tty: options.TTY,
				})
				return granted.GetUrl(), err
			})
		})
		mux.HandleFunc(method+"/portForward/{namespace}/{pod}", func(w http.ResponseWriter, r *http.Request) {
			pod := pods.named(r.PathValue("namespace"), r.PathValue("pod"))
			if pod == nil {
				http.Error(w, "pod does not exist", http.StatusNotFound)
				return
			}
			granted, err := streams.GetPortForward(&runtimeapi.PortForwardRequest{PodSandboxId: string(pod.uid)})
			forward(w, r, streams, granted.GetUrl(), err)
		})
	}

	server := &http.Server{
		Handler:   mux,
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{pair}},
		// SPDY takes connections over, which HTTP/2 has not.
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
	}
	go func() { log.Fatal(server.ServeTLS(listener, "", "")) }()
	return port, nil
}

func redirect(w http.ResponseWriter, r *http.Request, streams http.Handler, grant func(*remotecommand.Options) (string, error)) {
	options, err := remotecommand.NewOptions(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	granted, err := grant(options)
	forward(w, r, streams, granted, err)
}

// forward hands a request to the streaming server under the path that was granted for it.
func forward(w http.ResponseWriter, r *http.Request, streams http.Handler, granted string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	target, err := url.Parse(granted)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	rewritten := r.Clone(r.Context())
	rewritten.URL.Path = target.Path
	rewritten.RequestURI = target.Path
	streams.ServeHTTP(w, rewritten)
}

func serveLogs(pods *pods, w http.ResponseWriter, r *http.Request) {
	options, err := logOptions(r.URL.Query())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	pod := pods.named(r.PathValue("namespace"), r.PathValue("pod"))
	if pod == nil {
		http.Error(w, fmt.Sprintf("pod %q does not exist", r.PathValue("pod")), http.StatusNotFound)
		return
	}
	container := pod.container(r.PathValue("container"))
	if container == nil {
		http.Error(w, fmt.Sprintf("container %q not found in pod %q", r.PathValue("container"), pod.name), http.StatusNotFound)
		return
	}
	w.Header().Set("Transfer-Encoding", "chunked")
	flushed := flushing{w, w.(http.Flusher)}
	if err := container.readLogs(r.Context(), options, flushed); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

// logOptions reads what the API server has checked and written anew.
func logOptions(query url.Values) (*v1.PodLogOptions, error) {
	options := &v1.PodLogOptions{
		Previous:   query.Get("previous") == "true",
		Follow:     query.Get("follow") == "true",
		Timestamps: query.Get("timestamps") == "true",
	}
	for name, target := range map[string]**int64{
		"tailLines": &options.TailLines, "limitBytes": &options.LimitBytes, "sinceSeconds": &options.SinceSeconds,
	} {
		if text := query.Get(name); text != "" {
			value, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, err
			}
			*target = &value
		}
	}
	if text := query.Get("sinceTime"); text != "" {
		since, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, err
		}
		options.SinceTime = &metav1.Time{Time: since}
	}
	if stream := query.Get("stream"); stream != "" {
		options.Stream = &stream
	}
	return options, nil
}

type flushing struct {
	io.Writer
	flusher http.Flusher
}

func (f flushing) Write(data []byte) (int, error) {
	n, err := f.Writer.Write(data)
	f.flusher.Flush()
	return n, err
}

// streamed is what the streaming server asks a container runtime for.
type streamed struct{ pods *pods }

func (s streamed) Exec(ctx context.Context, id string, command []string, in io.Reader, out, err io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	container := s.pods.byID(id)
	if container == nil {
		return fmt.Errorf("container %s is gone", id)
	}
	return container.exec(ctx, command, in, out, err, tty, resize)
}

func (s streamed) Attach(ctx context.Context, id string, in io.Reader, out, err io.WriteCloser, tty bool, resize <-chan remotecommand.TerminalSize) error {
	container := s.pods.byID(id)
	if container == nil {
		return fmt.Errorf("container %s is gone", id)
	}
	return container.attach(ctx, in, out, err, tty, resize)
}

func (s streamed) PortForward(ctx context.Context, uid string, port int32, stream io.ReadWriteCloser) error {
	pod := s.pods.byUID(uid)
	if pod == nil {
		return fmt.Errorf("pod %s is gone", uid)
	}
	defer stream.Close()
	var refused []string
	for _, address := range []string{pod.address, "127.0.0.1"} {
		socket, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(address, fmt.Sprint(port)))
		if err != nil {
			refused = append(refused, err.Error())
			continue
		}
		defer socket.Close()
		go func() {
			io.Copy(socket, stream)
			socket.(*net.TCPConn).CloseWrite()
		}()
		// What the client has ended is still answered; what the pod has ended is over.
		io.Copy(stream, socket)
		return nil
	}
	return fmt.Errorf("failed to connect to port %d of pod %s: %s", port, pod.name, strings.Join(refused, "; "))
}
