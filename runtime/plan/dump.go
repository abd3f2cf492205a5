package plan

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Dump writes the program as text: its tensors, then its plans. The same
// program gives the same text.
func (g *Program) Dump(w io.Writer) error {
	var s strings.Builder
	fmt.Fprintf(&s, "program %s: %d tensors\n", g.Model, len(g.Tensors))
	if g.Tuning != "" {
		fmt.Fprintf(&s, "tuned by %s\n", g.Tuning)
	}
	for i := range g.Tensors {
		t := &g.Tensors[i]
		b := t.buf()
		fmt.Fprintf(&s, "  %-32s %-6s %s", t.Name, t.Kind, b.describe())
		if t.Frozen {
			s.WriteString(" frozen")
		}
		s.WriteByte('\n')
	}
	for _, p := range []*Plan{g.Init, g.Train, g.Infer} {
		if p != nil {
			s.WriteByte('\n')
			p.dump(&s)
		}
	}
	_, err := io.WriteString(w, s.String())
	return err
}

// Dump writes the plan as text: a line for each port, and for each step a line
// with its kernel and a line for each operand.
func (p *Plan) Dump(w io.Writer) error {
	var s strings.Builder
	p.dump(&s)
	_, err := io.WriteString(w, s.String())
	return err
}

func (p *Plan) dump(s *strings.Builder) {
	fmt.Fprintf(s, "plan %s: batch %d, scratch %d words; words of", p.Name, p.Batch, p.Scratch)
	for r := Region(0); r < NumRegions; r++ {
		fmt.Fprintf(s, " %s %d", r, p.Words[r])
	}
	s.WriteByte('\n')
	if p.Parts > 1 {
		fmt.Fprintf(s, "parts %d, tail from step %d\n", p.Parts, p.Tail)
	}
	for _, port := range p.Inputs {
		fmt.Fprintf(s, "input %s: %s\n", port.Name, p.Bufs[port.Buf].describe())
	}
	for _, port := range p.Outputs {
		fmt.Fprintf(s, "output %s: %s\n", port.Name, p.Bufs[port.Buf].describe())
	}
	for i := range p.Setup {
		p.dumpStep(s, "setup", i, &p.Setup[i])
	}
	for i := range p.Steps {
		p.dumpStep(s, "step", i, &p.Steps[i])
	}
}

func (p *Plan) dumpStep(s *strings.Builder, list string, i int, step *Step) {
	fmt.Fprintf(s, "%s %d %s %s: %s", list, i, step.Phase, step.Layer, kernelName(step.Kernel))
	if v := reflect.ValueOf(step.Kernel); v.Kind() == reflect.Pointer && !v.IsNil() {
		fmt.Fprintf(s, "%+v", v.Elem().Interface())
	}
	if step.MACs != 0 {
		fmt.Fprintf(s, " %d MACs", step.MACs)
	}
	s.WriteByte('\n')
	for j, op := range step.Kernel.Operands() {
		mark := [...]string{"<", ">", "<>"}[op.Access]
		fmt.Fprintf(s, "    %-2s %-8s ", mark, op.Name)
		switch a := step.Args[j]; a {
		case None:
			s.WriteString("none\n")
		default:
			fmt.Fprintf(s, "%s: %s\n", p.Bufs[a].Name, p.Bufs[a].describe())
		}
	}
}

// describe is the type, shape and place of a buffer: "f32 64x28x28x6 arena+0".
func (b *Buf) describe() string {
	return fmt.Sprintf("%s %s %s+%d", b.DType, shape(b.Shape), b.Region, b.Offset)
}

// shape writes dimensions as 64x28x28x6, a scalar as 1.
func shape(dims []int) string {
	if len(dims) == 0 {
		return "1"
	}
	var s strings.Builder
	for i, d := range dims {
		if i > 0 {
			s.WriteByte('x')
		}
		s.WriteString(strconv.Itoa(d))
	}
	return s.String()
}

// kernelName is a kernel's type as its package writes it: "kernel.Conv".
func kernelName(k Kernel) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", k), "*")
}
