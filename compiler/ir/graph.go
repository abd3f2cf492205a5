// Package ir holds a model as a typed graph: nodes with an operator and decoded
// attributes, values with shapes, and the parameters that nodes declare.
//
// Input: what compiler/check builds from a file. Output: the same graph, read by
// stats, lowering and the exporters, and rewritten only by compiler/pass.
//
// Invariants (checked by Verify): nodes stand in an order in which every input
// comes before its use; every value knows its node and its uses; names of nodes
// and of parameters are unique; every shape is known or an error was reported.
package ir

import (
	"fmt"

	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/plan"
)

// Graph is one model.
type Graph struct {
	Name    string
	Span    diag.Span // the model's name in its file
	Nodes   []*Node
	Inputs  []*Value
	Outputs []Output
	Heads   []Head
	Renames []Rename // names that layers had before, outermost first

	names map[string]bool // of nodes
}

// Rename is a name that layers had before, as the plan carries it.
type Rename = plan.Rename

// Output is a value that the model returns, under the name it returns it by.
type Output struct {
	Name  string
	Value *Value
}

// Head is a value that exists in training only: the recipe's loss on it joins the
// others with its weight.
type Head struct {
	Name   string
	Value  *Value
	Weight float64
}

// Node applies an operator.
type Node struct {
	Op       *Op
	Name     string // unique: "conv1", "c2[1].conv2"
	Attrs    any    // what Op.New made, decoded and completed by Infer
	In       []*Value
	Out      *Value
	Params   []*Param
	Span     diag.Span            // the call
	ArgSpans map[string]diag.Span // where each attribute was written, if it was
	Training bool                 // exists in training only: auxiliary heads
	Note     string               // why it is there, when no line of the file asks for it
	Site     *Site                // the call of a block that it is written out of; nil in the model's own body
	Chains                        // set by passes: what is computed together
}

// Site is a call of a block, on the way from a model's body to a node.
type Site struct {
	Span  diag.Span // the block's name where it is called
	Outer *Site     // the call that this one stands within; nil in the model's own body
}

// Value is what flows between nodes.
type Value struct {
	Name  string
	Shape Shape
	Node  *Node // nil for an input of the model
	Uses  []*Node
	Kept  bool // read by more than nodes and outputs, so that no pass may do without it
	Span  diag.Span

	// Mapped, set by passes, says that the value is, in inference, a map written out
	// in the order of the map's memory: row, column, channel.
	Mapped bool
}

// Role says what a tensor of a node is for.
type Role uint8

// The roles.
const (
	Trained    Role = iota // a parameter
	Statistics             // a buffer: stored, not trained
)

// Param is a tensor that a node declares. Its shape is in file order.
type Param struct {
	Name   string // "conv1.weight"
	Shape  []int
	Role   Role
	Init   Init
	Node   *Node
	Frozen bool // training leaves it as it is; frozen statistics are used instead of the batch's

	// Elementwise says that it is a bias, a scale, a shift or a slope, and no
	// weight of sums: what decay_on=weights leaves out, whatever its shape.
	Elementwise bool
}

// Len is the number of elements; Overflow when it leaves int64.
func (p *Param) Len() int64 {
	n := int64(1)
	for _, d := range p.Shape {
		n = Mul(n, int64(d))
	}
	return n
}

// Init is how a tensor starts.
type Init struct {
	Rule   Rule
	FanIn  int
	FanOut int
	Value  float64 // for Constant and Normal; the bound for Uniform
}

// Rule names an initialisation.
type Rule uint8

// The rules. Auto is replaced by He or Glorot once the activation that follows
// is known.
const (
	Constant Rule = iota
	Auto
	He     // normal, variance 2/fan-in (He et al. 2015)
	Glorot // uniform, variance 2/(fan-in + fan-out) (Glorot and Bengio 2010)
	LeCun  // normal, variance 1/fan-in (LeCun et al. 1998, Efficient BackProp)
	Normal // normal, of the standard deviation Value
	Uniform
	Digits // pictures of the digits, 1 and -1 (LeCun et al. 1998)
)

// NewGraph returns a graph without nodes.
func NewGraph(name string, span diag.Span) *Graph {
	return &Graph{Name: name, Span: span, names: map[string]bool{}}
}

// Input adds an input of the model.
func (g *Graph) Input(name string, shape Shape, span diag.Span) *Value {
	v := &Value{Name: name, Shape: shape, Span: span}
	g.Inputs = append(g.Inputs, v)
	return v
}

// Add appends a node, infers its output's shape and declares its parameters.
// Problems, sizes out of bounds among them, go to report; the value then has an
// unknown shape and the node no parameters. A node with an
// input of unknown shape is added without being looked at.
func (g *Graph) Add(n *Node, report func(*diag.Diagnostic)) *Value {
	if g.names[n.Name] {
		panic(fmt.Sprintf("ir: second node named %q in %s", n.Name, g.Name))
	}
	g.names[n.Name] = true
	n.Out = &Value{Name: n.Name, Node: n, Span: n.Span}
	known := true
	for _, v := range n.In {
		v.Uses = append(v.Uses, n)
		known = known && v.Shape != nil
	}
	if known {
		n.Out.Shape = n.Op.Infer(&Context{Node: n, call: n.Span, args: n.ArgSpans, report: report})
		if n.Out.Shape != nil && !n.bounded(n.Out.Shape, report) {
			n.Out.Shape, n.Params = nil, nil
		}
	}
	g.Nodes = append(g.Nodes, n)
	return n.Out
}

// Has reports whether a node has this name.
func (g *Graph) Has(name string) bool { return g.names[name] }

// Declare adds a parameter to the node: "weight" becomes "conv1.weight".
func (n *Node) Declare(name string, role Role, init Init, shape ...int) *Param {
	p := &Param{Name: n.Name + "." + name, Shape: shape, Role: role, Init: init, Node: n}
	n.Params = append(n.Params, p)
	return p
}

// DeclareElementwise is Declare for a trained bias, scale, shift or slope.
func (n *Node) DeclareElementwise(name string, init Init, shape ...int) *Param {
	p := n.Declare(name, Trained, init, shape...)
	p.Elementwise = true
	return p
}

// Param returns the node's parameter of this name, or nil.
func (n *Node) Param(name string) *Param {
	for _, p := range n.Params {
		if p.Name == n.Name+"."+name {
			return p
		}
	}
	return nil
}

// Above returns the nodes that compute a value, in no particular order.
func Above(v *Value) []*Node {
	var nodes []*Node
	seen := map[*Node]bool{}
	for todo := []*Value{v}; len(todo) > 0; {
		at := todo[len(todo)-1].Node
		todo = todo[:len(todo)-1]
		if at == nil || seen[at] {
			continue
		}
		seen[at] = true
		nodes = append(nodes, at)
		todo = append(todo, at.In...)
	}
	return nodes
}

// Params returns the parameters of all nodes in order.
func (g *Graph) Params() []*Param {
	var all []*Param
	for _, n := range g.Nodes {
		all = append(all, n.Params...)
	}
	return all
}
