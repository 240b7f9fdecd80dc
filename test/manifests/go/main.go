// Reads texts from stdin, each after its length in bytes (32 bits, big endian), as kubectl reads the
// files it is given, and writes a line of JSON for each: its documents, and the error that ended them.
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"log"
	"os"

	"k8s.io/apimachinery/pkg/util/yaml"
)

type document struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

// raw keeps the JSON of a document as it is, as kubectl's own target type does.
type raw struct{ json []byte }

func (r *raw) UnmarshalJSON(in []byte) error {
	if !bytes.Equal(in, []byte("null")) {
		r.json = append([]byte{}, in...)
	}
	return nil
}

func read(text []byte) []document {
	documents := []document{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var value raw
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF):
			return documents
		case err != nil:
			return append(documents, document{Error: err.Error()})
		}
		if trimmed := bytes.TrimSpace(value.json); len(trimmed) > 0 {
			documents = append(documents, document{Value: trimmed})
		}
	}
}

func main() {
	in := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for {
		var length uint32
		if binary.Read(in, binary.BigEndian, &length) != nil {
			return
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(in, text); err != nil {
			log.Fatal(err)
		}
		if err := out.Encode(read(text)); err != nil {
			log.Fatal(err)
		}
	}
}
