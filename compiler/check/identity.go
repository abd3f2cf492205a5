package check

// Identity is the attributes of identity: none.
type Identity struct{}

// identityCombinator is the word for no layer at all.
func identityCombinator() *combinator {
	return &combinator{
		name:   "identity",
		doc:    "Passes its input on, and is no layer: what a block is given for one that it is to leave out.",
		source: "He et al. 2016, Identity mappings in deep residual networks",
		new:    func() any { return &Identity{} },
		build:  func(*site) {},
	}
}
