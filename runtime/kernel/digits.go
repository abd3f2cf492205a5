package kernel

import (
	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// The size of the codes of digits.
const (
	Digits     = 10
	DigitRows  = 12
	DigitCols  = 7
	DigitCells = DigitRows * DigitCols
)

// digitPictures are the digits as a typewriter shows them.
var digitPictures = [Digits][DigitRows]string{
	{
		".......", "..###..", ".##.##.", "##...##", "##...##", "##...##",
		"##...##", "##...##", "##...##", ".##.##.", "..###..", ".......",
	},
	{
		".......", "...##..", "..###..", ".####..", "...##..", "...##..",
		"...##..", "...##..", "...##..", "...##..", ".######", ".......",
	},
	{
		".......", ".#####.", "##...##", ".....##", ".....##", "....##.",
		"...##..", "..##...", ".##....", "##.....", "#######", ".......",
	},
	{
		".......", "#######", ".....##", "....##.", "...##..", "..####.",
		".....##", ".....##", ".....##", "##...##", ".#####.", ".......",
	},
	{
		".......", "....##.", "...###.", "..####.", ".##.##.", "##..##.",
		"##..##.", "#######", "....##.", "....##.", "....##.", ".......",
	},
	{
		".......", "#######", "##.....", "##.....", "##.....", "######.",
		".....##", ".....##", ".....##", "##...##", ".#####.", ".......",
	},
	{
		".......", "..####.", ".##....", "##.....", "##.....", "######.",
		"##...##", "##...##", "##...##", "##...##", ".#####.", ".......",
	},
	{
		".......", "#######", "##...##", ".....##", "....##.", "....##.",
		"...##..", "...##..", "..##...", "..##...", "..##...", ".......",
	},
	{
		".......", ".#####.", "##...##", "##...##", "##...##", ".#####.",
		"##...##", "##...##", "##...##", "##...##", ".#####.", ".......",
	},
	{
		".......", ".#####.", "##...##", "##...##", "##...##", "##...##",
		".######", ".....##", ".....##", "....##.", ".####..", ".......",
	},
}

// FillDigits sets a tensor to the codes of the digits: pictures of 12 rows and 7
// columns, 1 where there is ink and -1 elsewhere.
//
// Shapes: w Digits,DigitCells; seed of one element, not used, so that all fills
// are called alike.
// Source: LeCun et al. 1998, figure 3; the pictures are drawn anew.
type FillDigits struct{}

// Run fills w.
func (k *FillDigits) Run(p *par.Pool, w []float32, seed []int64) {
	runFill(p, k, fillDigitsTile, Digits*DigitCells, w, seed)
}

func fillDigitsTile(_ *par.Pool, t *par.Task, _, i int) {
	lo, hi := elemSpan(i, Digits*DigitCells)
	for j := lo; j < hi; j++ {
		t.F[0][j] = -1
		if cell := j % DigitCells; digitPictures[j/DigitCells][cell/DigitCols][cell%DigitCols] == '#' {
			t.F[0][j] = 1
		}
	}
}

// Call runs the kernel on views in the order of Operands.
func (k *FillDigits) Call(p *par.Pool, a []plan.View) { k.Run(p, a[0].F32, a[1].I64) }

// Operands describes the arguments of Run.
func (k *FillDigits) Operands() []plan.Operand { return fillOperands(Digits * DigitCells) }
