package ir

// Part is a place that an operator can take in a chain.
type Part uint8

// The parts, in their order in a chain. A set of them is their sum.
const (
	PartNorm     Part = 1 << iota // normalises each channel by numbers known before: folded into weights
	PartSum                       // adds another value
	PartFunction                  // changes each element by itself
	PartPool                      // takes one element of each window
)

// Parts are the parts that an operator can take, or take along, in each mode.
type Parts struct{ Inference, Training Part }

// In is those of a mode.
func (p Parts) In(training bool) Part {
	if training {
		return p.Training
	}
	return p.Inference
}

// Modes says in which modes something holds.
type Modes struct{ Inference, Training bool }

// In is whether it holds in a mode.
func (m Modes) In(training bool) bool {
	if training {
		return m.Training
	}
	return m.Inference
}

// Chain is the nodes that the steps of one node, its head, compute together:
// each reads what the one before it makes, and nothing else does.
type Chain struct {
	Norm     *Node  // or nil
	Sum      *Value // what is added, or nil
	Function *Node  // or nil
	Pool     *Node  // or nil; in a chain without a sum
	Out      *Value // what the last of them makes

	Into *Node // the join whose output Out is a part of, written there; or nil
	At   int   // the first of its channels

	Moments *Node // the normalisation for whose moments the steps take those of blocks of Out; or nil
}

// Chains are the chain that a node heads, and the node in whose chain it is, in
// each mode; nil for none.
type Chains struct {
	Inference, Training             *Chain
	WithinInference, WithinTraining *Node
}

// ChainOf is the chain that a node heads in a mode: at least the node itself.
func (n *Node) ChainOf(training bool) Chain {
	c := n.Inference
	if training {
		c = n.Chains.Training
	}
	if c == nil {
		return Chain{Out: n.Out}
	}
	return *c
}

// Within is the node whose steps compute this one too in a mode; nil for none.
func (n *Node) Within(training bool) *Node {
	if training {
		return n.WithinTraining
	}
	return n.WithinInference
}

// Head makes a node the head of a chain in a mode, of the nodes given.
func (n *Node) Head(training bool, c Chain, nodes []*Node) {
	if training {
		n.Chains.Training = &c
	} else {
		n.Chains.Inference = &c
	}
	for _, m := range nodes {
		if training {
			m.WithinTraining = n
		} else {
			m.WithinInference = n
		}
	}
}
