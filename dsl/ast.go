package dsl

import "github.com/netc-lang/netc/dsl/diag"

// Node is a piece of the tree. Every node embeds its diag.Span, so n.Start,
// n.End and n.At() tell its place; a chain's span does not include its doc comment.
type Node interface{ At() diag.Span }

// File is one source file.
type File struct {
	diag.Span
	Source   *diag.File
	Edition  *Edition   // nil when the file does not say
	Imports  []*Import  // in order
	Decls    []Decl     // models, blocks and recipes, in order; *BadDecl where one could not be read
	Comments []*Comment // all of them, doc comments too, in order
}

// Edition is the first line of a file.
//
//	net 1
type Edition struct {
	diag.Span
	Version *Int
}

// Import makes the blocks and models of another file known.
//
//	import "blocks/resnet.net"
type Import struct {
	diag.Span
	Path *String
}

// Comment is one `//` or `///` comment, without its line end.
type Comment struct {
	diag.Span
	Text string // with the slashes, without trailing blanks
	Doc  bool   // `///`
}

// Decl is a declaration: *Model, *Block, *Train or *BadDecl.
type Decl interface {
	Node
	decl()
}

// Model declares a network.
//
//	model LeNet5(classes: int = 10) { … }
type Model struct {
	diag.Span
	Doc    string // the text of the `///` lines above, without slashes
	Name   *Name
	Params []*Param
	Body   *Body
}

// Block declares a reusable piece of network.
//
//	block stage(width: int, n: int, stride: int = 2) { … }
type Block struct {
	diag.Span
	Doc    string
	Name   *Name
	Params []*Param
	Body   *Body
}

// Param is a typed parameter of a model or a block.
//
//	depths: ints = [3, 4, 6, 3]
type Param struct {
	diag.Span
	Name    *Name
	Type    *Name // the word as written; the checker knows int, ints, float, bool, word, size, floats
	Default Expr  // nil without one
}

// Train declares a training recipe.
//
//	train pets of ResNet(classes=37) { … }
type Train struct {
	diag.Span
	Doc   string
	Name  *Name
	Model *Call // the model with the arguments to train it with
	Body  *Recipe
}

// BadDecl stands where a declaration could not be read; a diagnostic was given.
type BadDecl struct {
	diag.Span
	Name *Name // nil where there is none
}

func (*Model) decl()   {}
func (*Block) decl()   {}
func (*Train) decl()   {}
func (*BadDecl) decl() {}

// Body is the statements between braces; its span includes the braces.
type Body struct {
	diag.Span
	Stmts    []Stmt
	Unclosed bool // its closing brace is missing; a diagnostic was given
}

// Recipe is the entries between braces; its span includes the braces.
type Recipe struct {
	diag.Span
	Entries  []*Entry
	Bad      []diag.Span // lines that could not be read; diagnostics were given
	Unclosed bool        // its closing brace is missing; a diagnostic was given
}

// Entry is one line of a recipe; its key decides what the rest means.
//
//	batch 32
//	metric top1, top5
//	rates(c4=0.1, head=1.0)
//	stage warm { … }
type Entry struct {
	diag.Span
	Doc    string
	Key    *Name
	Args   *Args   // nil without parentheses
	Values []Expr  // separated by commas
	Body   *Recipe // nil without braces
}

// Stmt is a statement of a body: *Input, *Output, *Aux, *Branch, *Chain or *BadStmt.
type Stmt interface {
	Node
	stmt()
}

// Input declares an input of the model.
//
//	input image: 3xHxW
type Input struct {
	diag.Span
	Doc   string
	Name  *Name
	Shape Expr // as a rule a *Size
}

// Output ends a model with one or more named results.
//
//	output logits
//	output mask from head, edge
type Output struct {
	diag.Span
	Doc   string
	Items []*OutputItem
}

// OutputItem is one result.
type OutputItem struct {
	diag.Span
	Name *Name
	From Expr // the tap after `from`; nil without one
}

// Aux is a head that exists only in training.
//
//	aux aux1 from i4a (weight=0.3) { … }
type Aux struct {
	diag.Span
	Doc  string
	Name *Name
	Was  Expr // the name before, a tap; nil without one
	From Expr
	Args *Args // nil without parentheses
	Body *Body
}

// Branch is one way through a `parallel`.
//
//	branch conv(64, 1x1) -> relu as left
//	branch { … } as right
type Branch struct {
	diag.Span
	Doc   string
	Chain *Chain // nil in the form with braces
	Body  *Body  // nil in the form without braces
	As    *Name  // of the form with braces; nil without one (a chain has its own)
	Was   Expr   // the name before, a tap; nil without one
}

// Chain is layers feeding one another.
//
//	conv(64, 7x7, same, stride=2) -> bn -> relu as stem
//	conv(64, 7x7) as stem was conv1
type Chain struct {
	diag.Span
	Doc   string
	Links []Link // at least one
	As    *Name  // nil without one
	Was   Expr   // the name before, a tap; nil without one
}

// BadStmt stands where a statement could not be read; a diagnostic was given.
type BadStmt struct {
	diag.Span
	Bodies []*Body // the parts between braces, which were read all the same
}

func (*Input) stmt()   {}
func (*Output) stmt()  {}
func (*Aux) stmt()     {}
func (*Branch) stmt()  {}
func (*Chain) stmt()   {}
func (*BadStmt) stmt() {}

// Link is a part of a chain: *Call, *Repeat or, only as the first, *From.
type Link interface {
	Node
	link()
}

// Call is a layer, a block or a function applied to arguments. It is a Link,
// and without a body an Expr.
//
//	relu
//	conv(6, 5x5, same, stride=2)
//	residual(project=auto) { … }
type Call struct {
	diag.Span
	Name *Name
	Args *Args // nil without parentheses: `relu` is not `relu()`
	Body *Body // nil without braces; always nil in an Expr
}

// Repeat writes its body Count times, feeding each into the next.
//
//	repeat n - 1 { … }
//	repeat i in n { … }      // i is 0, 1, … n-1
type Repeat struct {
	diag.Span
	Index *Name // nil without one
	Count Expr
	Body  *Body
}

// From starts a chain at a named place instead of at the statement before.
//
//	from c3 -> conv(256, 1x1) as p3
type From struct {
	diag.Span
	Tap Expr // *Name, *Index or *Select
}

func (*Call) link()   {}
func (*Repeat) link() {}
func (*From) link()   {}

// Args is the arguments between parentheses; its span includes them.
type Args struct {
	diag.Span
	List []*Arg
}

// Arg is one argument. At most one of Key and Label is set.
//
//	64
//	stride=2
//	3x3: 96 -> 128
type Arg struct {
	diag.Span
	Key   *Name // before `=`
	Label Expr  // before `:`
	Value Expr
}
