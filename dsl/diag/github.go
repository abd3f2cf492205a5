package diag

import (
	"fmt"
	"io"
	"strings"
)

// WriteGitHub prints the list as workflow commands, which GitHub Actions shows
// beside the lines they are about. Secondary places and edits do not fit into
// that form; notes and help go into the message.
func (l List) WriteGitHub(w io.Writer) error {
	for _, d := range l {
		text := d.Message
		if d.Label != "" {
			text += " (" + d.Label + ")"
		}
		for _, n := range d.Notes {
			text += "\n" + n
		}
		if d.Help != "" {
			text += "\nhelp: " + d.Help
		}
		_, err := fmt.Fprintf(w, "::%s %stitle=%s::%s\n", githubLevels[d.Severity], githubPlace(d.Primary), d.Code, githubText.Replace(text))
		if err != nil {
			return err
		}
	}
	return nil
}

var githubLevels = [...]string{Error: "error", Warning: "warning", Hint: "notice"}

// The characters that end a workflow command or one of its properties.
var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// githubPlace is the properties that say where, each with its comma.
func githubPlace(at Span) string {
	if !at.IsValid() {
		return ""
	}
	start, end := at.File.Position(at.Start), at.File.Position(at.End)
	place := fmt.Sprintf("file=%s,line=%d,endLine=%d,", githubProperty.Replace(at.File.Name), start.Line, end.Line)
	if start.Line == end.Line { // GitHub takes columns within one line only
		place += fmt.Sprintf("col=%d,endColumn=%d,", start.Column, max(end.Column, start.Column+1))
	}
	return place
}
