package ir

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"reflect"
)

// Fingerprint tells graphs apart that compute other things from the same
// weights: it is of the operators, their attributes, what they read and the
// shapes, not of where the text stands. Attributes that are zero do not count,
// so that one which an operator gains later changes no fingerprint.
func (g *Graph) Fingerprint() string {
	h := sha256.New()
	g.Dump(h)
	for _, n := range g.Nodes {
		io.WriteString(h, n.Name)
		if n.Attrs != nil {
			v := reflect.ValueOf(n.Attrs).Elem()
			for _, a := range Attributes(n.Attrs) {
				if f := v.Field(a.Index); !f.IsZero() {
					fmt.Fprintf(h, " %s=%v", a.Key, f)
				}
			}
		}
		io.WriteString(h, "\n")
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
