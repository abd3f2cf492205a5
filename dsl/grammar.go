package dsl

import (
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The grammar of statements and declarations, as participle reads it. Each
// production is parsed by itself, from its first token to its kEnd, so that one
// bad line costs one diagnostic; what stands between braces is stepped over and
// parsed later. The parts named …Node read values: see value.go.
type (
	grammar struct {
		Edition *editionLine `parser:"@@"`
		Import  *importLine  `parser:"| @@"`
		Model   *modelDecl   `parser:"| @@"`
		Block   *blockDecl   `parser:"| @@"`
		Train   *trainDecl   `parser:"| @@"`
		Input   *inputLine   `parser:"| @@"`
		Output  *outputLine  `parser:"| @@"`
		Aux     *auxLine     `parser:"| @@"`
		Branch  *branchLine  `parser:"| @@"`
		Chain   *chainLine   `parser:"| @@"`
		Entry   *entryLine   `parser:"| @@"`
	}

	editionLine struct {
		Version intNode `parser:"'net' @@ End"`
	}
	importLine struct {
		Path stringNode `parser:"'import' @@ End"`
	}
	modelDecl struct {
		Head head `parser:"'model' @@ End"`
	}
	blockDecl struct {
		Head head `parser:"'block' @@ End"`
	}
	head struct {
		Name   nameNode `parser:"@@"`
		Params []*param `parser:"( '(' @@* ')' )?"`
		Body   bodyNode `parser:"@@"`
	}
	param struct {
		Name    nameNode  `parser:"@@"`
		Type    nameNode  `parser:"':' @@"`
		Default *exprNode `parser:"( '=' @@ )?"`
		End     commaNode `parser:"@@"`
	}
	trainDecl struct {
		Name  nameNode  `parser:"'train' @@"`
		Model valueNode `parser:"'of' @@"`
		Body  bodyNode  `parser:"@@ End"`
	}

	inputLine struct {
		Name  nameNode `parser:"'input' @@"`
		Shape exprNode `parser:"':' @@ End"`
	}
	outputLine struct {
		Items []*outputItem `parser:"'output' @@ ( ',' @@ )* End"`
	}
	outputItem struct {
		Name nameNode `parser:"@@"`
		From *tapNode `parser:"( 'from' @@ )?"`
	}
	auxLine struct {
		Name nameNode  `parser:"'aux' @@"`
		Was  *tapNode  `parser:"( 'was' @@ )?"`
		From tapNode   `parser:"'from' @@"`
		Args *argsNode `parser:"@@?"`
		Body bodyNode  `parser:"@@ End"`
	}
	branchLine struct {
		Body  *bodyNode  `parser:"'branch' ( @@"`
		As    *nameNode  `parser:"( 'as' @@"`
		Was   *tapNode   `parser:"( 'was' @@ )? )?"`
		Chain *chainNode `parser:"| @@ ) End"`
	}
	chainLine struct {
		Chain chainNode `parser:"@@ End"`
	}
	entryLine struct {
		Key    nameNode    `parser:"@@"`
		Args   *argsNode   `parser:"@@?"`
		Values *valuesNode `parser:"@@?"`
		Body   *bodyNode   `parser:"@@? End"`
	}
)

// productions are the parsers of the grammar's parts.
type productions struct {
	edition *participle.Parser[editionLine]
	imports *participle.Parser[importLine]
	model   *participle.Parser[modelDecl]
	block   *participle.Parser[blockDecl]
	train   *participle.Parser[trainDecl]
	input   *participle.Parser[inputLine]
	output  *participle.Parser[outputLine]
	aux     *participle.Parser[auxLine]
	branch  *participle.Parser[branchLine]
	chain   *participle.Parser[chainLine]
	entry   *participle.Parser[entryLine]
}

// rules builds the grammar at its first use.
var rules = sync.OnceValue(func() productions {
	// A lookahead of 0 counts tokens that may be taken back: the first token
	// of every alternative decides, so errors come from the alternative meant.
	g := participle.MustBuild[grammar](participle.Lexer(vocabulary{}), participle.UseLookahead(0))
	return productions{
		edition: part[editionLine](g),
		imports: part[importLine](g),
		model:   part[modelDecl](g),
		block:   part[blockDecl](g),
		train:   part[trainDecl](g),
		input:   part[inputLine](g),
		output:  part[outputLine](g),
		aux:     part[auxLine](g),
		branch:  part[branchLine](g),
		chain:   part[chainLine](g),
		entry:   part[entryLine](g),
	}
})

func part[P any](g *participle.Parser[grammar]) *participle.Parser[P] {
	p, err := participle.ParserForProduction[P](g)
	if err != nil {
		panic("dsl: " + err.Error())
	}
	return p
}

// The parts of the grammar that are read by hand. Each takes nothing and says
// participle.NextMatch when its first token is of no use to it.
type (
	nameNode   struct{ *Name }
	intNode    struct{ *Int }
	stringNode struct{ *String }
	exprNode   struct{ Expr }
	tapNode    struct{ Expr }
	valueNode  struct{ *Call } // a name with or without arguments
	argsNode   struct{ *Args }
	valuesNode struct{ values []Expr } // separated by commas
	commaNode  struct{}                // a comma, which may be absent before a closing parenthesis

	chainNode struct {
		links []linkNode
		as    *Name
		was   Expr
	}
	// linkNode is one part of a chain.
	linkNode struct {
		Link
		body bodyNode // of a Call or a Repeat; its end is 0 where there is none
	}

	// bodyNode is braces stepped over.
	bodyNode struct {
		start, end int              // offsets of the braces, the closing one included
		inside     lexer.Checkpoint // behind the opening brace
		last       int              // the index of the closing brace
	}
)
