package train

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// console draws lines at the foot of a terminal, each time in the place of
// those it drew before. It is an mpb.ConsoleWriter.
//
// A terminal echoes what is typed, such as ^C, where the cursor is; drawing
// starts at the left edge whatever stands there.
type console struct {
	bytes.Buffer // what the next Flush draws
	w            io.Writer
	lines        int // drawn at the foot
}

// IsTerminal is true: only terminals are drawn on.
func (c *console) IsTerminal() bool { return true }

// GetTermSize is the size of the terminal, or the customary one where it does
// not tell: some report no rows or no columns.
func (c *console) GetTermSize() (width, height int, err error) {
	width, height = 80, 24
	if f, ok := c.w.(*os.File); ok {
		if columns, rows, err := term.GetSize(int(f.Fd())); err == nil {
			width, height = usable(columns, width), usable(rows, height)
		}
	}
	return width, height, nil
}

// usable is n, or instead where n is nothing.
func usable(n, instead int) int {
	if n > 0 {
		return n
	}
	return instead
}

// Flush draws what was written, of which the last lines are replaced next time.
func (c *console) Flush(lines int) error {
	var out bytes.Buffer
	if c.lines > 0 {
		fmt.Fprintf(&out, "\r\x1b[%dA\x1b[J", c.lines)
	}
	out.Write(c.Bytes())
	c.Reset()
	c.lines = lines
	_, err := c.w.Write(out.Bytes())
	return err
}
