package kernel

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// golden is one recorded case: tensors as PyTorch 1.13 computed them from
// float32 and, under f64/, from the same inputs in float64.
type golden struct {
	name    string
	attrs   goldenAttrs
	tensors map[string]goldenTensor
}

type goldenTensor struct {
	shape  []int
	values []float64
}

type goldenAttrs struct {
	Kernel, Stride, Padding, Dilation, Pads, Out []int
	CeilMode                                     bool    `json:"ceil_mode"`
	CountIncludePad                              bool    `json:"count_include_pad"`
	Rate                                         float32 `json:"lr"`
	Momentum                                     float32
	Decay                                        float32 `json:"weight_decay"`
	Nesterov                                     bool
	Steps, Size, Groups                          int
	K                                            float32
	AMSGrad                                      bool
	Betas                                        []float64
	Alpha, Rho, Eps                              float64
	Smoothing                                    float64 `json:"label_smoothing"`
	Reduction                                    string
	Ignore                                       *int32   `json:"ignore_index"`
	MaxNorm                                      float64  `json:"max_norm"`
	Delta, Beta, Margin                          *float64 // of losses
}

// UnmarshalJSON takes padding both as two numbers and as the word "same", which
// stands beside pads, a stride both as two numbers and as one, and
// as size both a number of channels and that of an output.
func (a *goldenAttrs) UnmarshalJSON(b []byte) error {
	type plain goldenAttrs
	text := strings.NewReplacer(`"padding": "same", `, "", `"stride": 2`, `"stride": [2, 2]`, `"size": [`, `"out": [`).Replace(string(b))
	return json.Unmarshal([]byte(text), (*plain)(a))
}

// goldens reads the recorded cases whose names match a pattern.
func goldens(t *testing.T, pattern string) []golden {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "..", "testdata", "kernel", pattern+".safetensors"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no recorded case matches %s (%v)", pattern, err)
	}
	var all []golden
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parseGolden(t, strings.TrimSuffix(filepath.Base(path), ".safetensors"), b))
	}
	return all
}

func parseGolden(t *testing.T, name string, b []byte) golden {
	t.Helper()
	size := binary.LittleEndian.Uint64(b)
	var header map[string]json.RawMessage
	if err := json.Unmarshal(b[8:8+size], &header); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	g := golden{name: name, tensors: map[string]goldenTensor{}}
	for key, raw := range header {
		if key == "__metadata__" {
			var meta struct{ Attrs string }
			if err := json.Unmarshal(raw, &meta); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := json.Unmarshal([]byte(meta.Attrs), &g.attrs); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			continue
		}
		var h struct {
			DType   string
			Shape   []int
			Offsets [2]int `json:"data_offsets"`
		}
		if err := json.Unmarshal(raw, &h); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		g.tensors[key] = goldenTensor{h.Shape, decode(t, h.DType, b[8+int(size)+h.Offsets[0]:8+int(size)+h.Offsets[1]])}
	}
	return g
}

func decode(t *testing.T, dtype string, b []byte) []float64 {
	t.Helper()
	var v []float64
	for len(b) > 0 {
		switch dtype {
		case "F32":
			v = append(v, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
			b = b[4:]
		case "F64":
			v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			b = b[8:]
		case "I64":
			v = append(v, float64(int64(binary.LittleEndian.Uint64(b))))
			b = b[8:]
		default:
			t.Fatalf("dtype %s", dtype)
		}
	}
	return v
}

// flat returns a tensor as float32, in file order.
func (g *golden) flat(key string) []float32 {
	t, ok := g.tensors[key]
	if !ok {
		panic("no tensor " + key + " in " + g.name)
	}
	v := make([]float32, len(t.values))
	for i, x := range t.values {
		v[i] = float32(x)
	}
	return v
}

// nhwc returns an NCHW tensor as float32 in NHWC order.
func (g *golden) nhwc(key string) []float32 {
	s := g.tensors[key].shape
	return toNHWC(g.flat(key), s[0], s[1], s[2]*s[3])
}

// toNHWC turns samples of c rows of hw into samples of hw rows of c.
func toNHWC[E any](x []E, n, c, hw int) []E {
	y := make([]E, len(x))
	for i := range n {
		for j := range c {
			for k := range hw {
				y[(i*hw+k)*c+j] = x[(i*c+j)*hw+k]
			}
		}
	}
	return y
}

// compare checks got, in file order, against the float64 record.
func (g *golden) compare(t *testing.T, key string, got []float32) {
	t.Helper()
	g.compareTo(t, key, got, g.tensors["f64/"+key].values)
}

// compareNHWC does so for an NHWC tensor.
func (g *golden) compareNHWC(t *testing.T, key string, got []float32) {
	t.Helper()
	x := g.tensors["f64/"+key]
	g.compareTo(t, key, got, toNHWC(x.values, x.shape[0], x.shape[1], x.shape[2]*x.shape[3]))
}

// compareTo allows 1e-5 of the largest value: a hundred roundings.
func (g *golden) compareTo(t *testing.T, key string, got []float32, want []float64) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s %s: %d elements, want %d", g.name, key, len(got), len(want))
	}
	largest := 0.0
	for _, w := range want {
		largest = max(largest, math.Abs(w))
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= 1e-5*largest) {
			t.Errorf("%s %s[%d] = %v, want %v", g.name, key, i, got[i], w)
			return
		}
	}
}
