package dsl

import (
	"strings"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"

	"github.com/netc-lang/netc/dsl/diag"
)

// maxMistakes is how many diagnostics one file gets; a text that is no .net file at all would have thousands.
const maxMistakes = 100

// Parse reads one file. name is what diagnostics call it; src is kept and must
// not change afterwards. The File is never nil: statements that could not be
// read are missing from it or stand in it as *BadStmt and *BadDecl. The list is
// in order of place.
func Parse(name string, src []byte) (*File, diag.List) {
	file, _, list := read(name, src)
	return file, list
}

// read is Parse, and returns the parser for its tokens; nil when there are none.
func read(name string, src []byte) (*File, *parser, diag.List) {
	var list diag.List
	source := diag.NewFile(name, src)
	file := &File{Span: diag.Span{File: source, End: len(src)}, Source: source}
	p := parse(file, &list)
	if p != nil && len(file.Decls) == 0 && len(file.Imports) == 0 && file.Edition == nil && len(list) == 0 {
		list.Add(diag.Errorf(diag.EmptyFile, diag.Span{File: source}, "the file declares nothing").
			WithHelp("declare a network: model Name { input image: 3x224x224 … }"))
	}
	list.Tidy()
	if len(list) > maxMistakes {
		last := list[maxMistakes-1]
		list = append(list[:maxMistakes:maxMistakes], diag.Errorf(diag.TooManyMistakes, last.Primary.Tail(),
			"more than %d mistakes; the rest of the file is not looked at", maxMistakes))
	}
	return file, p, list
}

// parse fills file; nil says that the text could not even be cut into statements.
func parse(file *File, list *diag.List) *parser {
	if !readable(file.Source, list) {
		return nil
	}
	raw, comments := scan(file.Source, list)
	file.Comments = comments
	o, ok := outline(file.Source, raw, list)
	if !ok {
		return nil
	}
	p := &parser{file: file, source: file.Source, list: list, tokens: o.tokens, rules: rules()}
	p.collectDocs()
	p.declarations()
	return p
}

// parser reads the statements of an outlined token stream one by one.
type parser struct {
	file   *File
	source *diag.File
	list   *diag.List
	tokens []lexer.Token
	lex    *lexer.PeekingLexer // over the tokens of one declaration
	base   int                 // the index of its first token
	rules  productions
	astray bool           // the last statement stood outside of any declaration
	docs   map[int]string // doc comments by the offset of the token that follows
}

func (p *parser) span(start, end int) diag.Span {
	return diag.Span{File: p.source, Start: start, End: end}
}

// statement is the tokens [first, end) of one statement, end being its kEnd.
type statement struct {
	first, end int
	start      lexer.Checkpoint // before first
	entry      bool             // of a recipe
	broken     bool             // holds a kIllegal token: a diagnostic was given
}

// statement finds the statement at the present token.
func (p *parser) statement() statement {
	s := p.statementAt(p.lex.Peek().Pos.Line)
	s.start = p.lex.MakeCheckpoint()
	return s
}

func (p *parser) statementAt(first int) statement {
	s := statement{first: first}
	for s.end = s.first; ; s.end++ {
		switch t := &p.tokens[s.end]; t.Type {
		case kEnd, lexer.EOF:
			return s
		case kIllegal:
			s.broken = true
		case kLBrace:
			s.end = t.Pos.Column
		}
	}
}

// spanOf is where a statement stands.
func (p *parser) spanOf(s statement) diag.Span {
	return p.span(p.tokens[s.first].Pos.Offset, endOf(p.tokens[max(s.end-1, s.first)]))
}

// skip moves behind the end of a statement from any place in it.
func (p *parser) skip(s statement) {
	p.pass(s.end)
}

// pass moves forward to behind the token of an index.
func (p *parser) pass(i int) { p.lex.FastForward(lexer.RawCursor(i - p.base)) }

// word is the text of the i-th token of a statement, or "" behind its end.
func (p *parser) word(s statement, i int) string {
	if s.first+i >= s.end {
		return ""
	}
	return p.tokens[s.first+i].Value
}

// run parses one statement by a production. It reports what is wrong and says
// whether the result can be used; either way the statement is consumed.
func run[P any](p *parser, s statement, rule *participle.Parser[P]) (*P, bool) {
	if s.broken {
		p.skip(s)
		return nil, false
	}
	v, err := rule.ParseFromLexer(p.lex, participle.AllowTrailing(true))
	if err != nil {
		p.lex.LoadCheckpoint(s.start)
		p.skip(s)
		p.list.Add(p.explain(s, err))
		return nil, false
	}
	return v, true
}

func (p *parser) declarations() {
	for i := 0; p.tokens[i].Type != lexer.EOF && len(*p.list) <= maxMistakes; {
		if p.tokens[i].Type == kEnd {
			i++
			continue
		}
		s := p.statementAt(i)
		if !p.astray || p.opensBody(s) || p.declares(s) {
			p.load(&s)
			p.declaration(s)
		}
		i = s.end + 1
	}
}

// load gives participle the tokens of a declaration.
func (p *parser) load(s *statement) {
	play := stream(p.tokens[s.first : s.end+1])
	lex, err := lexer.Upgrade(&play)
	if err != nil {
		panic("dsl: " + err.Error()) // a stream has no errors
	}
	p.lex, p.base = lex, s.first
	s.start = lex.MakeCheckpoint()
}

// declares reports whether a statement starts with the word of a declaration.
func (p *parser) declares(s statement) bool {
	switch p.word(s, 0) {
	case "net", "import", "model", "block", "train":
		return true
	}
	return false
}

func (p *parser) declaration(s statement) {
	at := p.spanOf(s)
	doc := p.docs[at.Start]
	switch p.word(s, 0) {
	case "net":
		if d, ok := run(p, s, p.rules.edition); ok {
			p.edition(at, d)
		}
	case "import":
		if d, ok := run(p, s, p.rules.imports); ok {
			p.place(d.Path.String)
			p.file.Imports = append(p.file.Imports, &Import{at, d.Path.String})
		}
	case "model":
		if d, ok := run(p, s, p.rules.model); ok {
			m := &Model{Span: at, Doc: doc}
			m.Name, m.Params, m.Body = p.head(&d.Head)
			p.file.Decls = append(p.file.Decls, m)
		} else {
			p.badDecl(s)
		}
	case "block":
		if d, ok := run(p, s, p.rules.block); ok {
			b := &Block{Span: at, Doc: doc}
			b.Name, b.Params, b.Body = p.head(&d.Head)
			p.checkName(b.Name)
			p.file.Decls = append(p.file.Decls, b)
		} else {
			p.badDecl(s)
		}
	case "train":
		if d, ok := run(p, s, p.rules.train); ok {
			t := &Train{at, doc, p.name(&d.Name), d.Model.Call, nil}
			p.place(t.Model)
			t.Body = p.recipe(&d.Body)
			p.file.Decls = append(p.file.Decls, t)
		} else {
			p.badDecl(s)
		}
	default:
		p.stray(s)
		return
	}
	p.astray = false
}

// stray reports a statement that cannot stand at the top level; of several in
// a row only the first, unless a word is likely to be a mistyped one.
func (p *parser) stray(s statement) {
	if !s.broken {
		if d := p.notDeclaration(s); !p.astray || d.Code == diag.UnknownWord {
			p.list.Add(d)
		}
	}
	p.astray = true
	p.badDecl(s)
}

// opensBody reports whether a statement might be a declaration at all.
func (p *parser) opensBody(s statement) bool {
	return s.end-s.first > 2 && p.tokens[s.first+1].Type == kIdent
}

// edition checks the language edition and its place.
func (p *parser) edition(at diag.Span, d *editionLine) {
	p.place(d.Version.Int)
	e := &Edition{at, d.Version.Int}
	switch {
	case p.file.Edition != nil:
		p.list.Add(diag.Errorf(diag.Misplaced, at, "the edition was given already").WithSecondary(p.file.Edition.Span, "here").WithHelp("remove it"))
		return
	case len(p.file.Imports) > 0 || len(p.file.Decls) > 0:
		p.list.Add(diag.Errorf(diag.Misplaced, at, "the edition belongs at the top of the file").WithHelp("make it the first line"))
	case strings.TrimLeft(e.Version.Text, "0") != "1":
		p.list.Add(diag.Errorf(diag.WrongEdition, e.Version.Span, "this netc reads edition 1 of the language, not edition %s", clip(e.Version.Text)).
			WithHelp("write edition 1, or use a newer netc", diag.Edit{Span: e.Version.Span, NewText: "1"}))
	}
	p.file.Edition = e
}

// badDecl keeps the place and the name of an unreadable declaration and looks
// for further mistakes between its braces.
func (p *parser) badDecl(s statement) {
	bad := &BadDecl{Span: p.spanOf(s)}
	kind := p.word(s, 0)
	if t := p.tokens[min(s.first+1, s.end)]; t.Type == kIdent {
		bad.Name = &Name{p.span(t.Pos.Offset, endOf(t)), t.Value}
	}
	p.file.Decls = append(p.file.Decls, bad)
	kind, _ = diag.Nearest(kind, []string{"model", "block", "train"})
	first := true // further braces belong to another declaration on the same line
	p.eachBody(s, func(n bodyNode) {
		switch {
		case !first || kind == "":
		case kind == "train":
			p.recipe(&n)
		default:
			p.body(&n)
		}
		first = false
	})
}

// eachBody visits the outermost braces of a consumed statement.
func (p *parser) eachBody(s statement, visit func(bodyNode)) {
	after, here := p.lex.MakeCheckpoint(), s.start
	for i := s.first; i < s.end && len(*p.list) <= maxMistakes; i++ {
		t := &p.tokens[i]
		if t.Type != kLBrace {
			continue
		}
		p.lex.LoadCheckpoint(here)
		p.pass(i)
		here = p.lex.MakeCheckpoint()
		visit(bodyNode{start: t.Pos.Offset, end: endOf(p.tokens[t.Pos.Column]), inside: here, last: t.Pos.Column})
		i = t.Pos.Column
	}
	p.lex.LoadCheckpoint(after)
}
