package stats

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/netc-lang/netc/compiler/ir"
)

// Amount is a number of something, or Unknown.
type Amount int64

// Unknown is a count that needs the size of an input that is left open. In JSON
// it is null.
const Unknown Amount = -1

// Plus adds counts; a sum with an unknown one is unknown.
func (c Amount) Plus(d Amount) Amount {
	if c == Unknown || d == Unknown {
		return Unknown
	}
	return Amount(ir.Sum(int64(c), int64(d)))
}

// MarshalJSON writes null for Unknown.
func (c Amount) MarshalJSON() ([]byte, error) {
	if c == Unknown {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(c), 10), nil
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Amount) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*c = Unknown
		return nil
	}
	n, err := strconv.ParseInt(string(text), 10, 64)
	*c = Amount(n)
	return err
}

// String writes the number with commas, "?" for Unknown.
func (c Amount) String() string {
	if c == Unknown {
		return "?"
	}
	return Thousands(int64(c))
}

// digits is the number as machines read it, empty for Unknown.
func (c Amount) digits() string {
	if c == Unknown {
		return ""
	}
	return strconv.FormatInt(int64(c), 10)
}

// Size is a shape whose sizes may be expressions in those that the model leaves
// open. In JSON these are strings.
type Size ir.Shape

// MarshalJSON writes a list of numbers and, for sizes left open, strings.
func (s Size) MarshalJSON() ([]byte, error) {
	list := make([]any, len(s))
	for i, d := range s {
		if n, known := d.Known(); known {
			list[i] = n
		} else {
			list[i] = d.String()
		}
	}
	return json.Marshal(list)
}

// String writes the sizes with × between them.
func (s Size) String() string { return s.join("×") }

func (s Size) join(by string) string {
	parts := make([]string, len(s))
	for i, d := range s {
		parts[i] = d.String()
	}
	return strings.Join(parts, by)
}

// Thousands writes 61706 as "61,706".
func Thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Decimal writes a number in as few digits as tell it apart.
func Decimal(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// Bytes writes an amount of memory with a unit: "241 KiB", "1.5 GiB".
func Bytes(n int64) string {
	units := []string{"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	x, unit := float64(n), 0
	for x >= 1024 && unit < len(units)-1 {
		x /= 1024
		unit++
	}
	if unit == 0 || x >= 100 {
		return fmt.Sprintf("%.0f %s", x, units[unit])
	}
	return fmt.Sprintf("%.1f %s", x, units[unit])
}
