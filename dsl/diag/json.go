package diag

import (
	"encoding/json"
	"io"
)

type jsonPlace struct {
	Position
	Offset int `json:"offset"` // in bytes, from 0
}

type jsonSpan struct {
	File  string    `json:"file"`
	Start jsonPlace `json:"start"`
	End   jsonPlace `json:"end"`
}

type jsonLabelled struct {
	jsonSpan
	Text string `json:"text"`
}

type jsonDiagnostic struct {
	Code      string         `json:"code"`
	Slug      string         `json:"slug,omitempty"`
	Severity  string         `json:"severity"`
	Message   string         `json:"message"`
	At        *jsonSpan      `json:"at,omitempty"`
	Label     string         `json:"label,omitempty"`
	Secondary []jsonLabelled `json:"secondary,omitempty"`
	Notes     []string       `json:"notes,omitempty"`
	Help      string         `json:"help,omitempty"`
	Edits     []jsonLabelled `json:"edits,omitempty"`

	Applicability string `json:"applicability,omitempty"` // of the edits
}

func (s Span) json() jsonSpan {
	place := func(offset int) jsonPlace { return jsonPlace{s.File.Position(offset), offset} }
	return jsonSpan{s.File.Name, place(s.Start), place(s.End)}
}

// MarshalJSON gives the diagnostic with file, line, column and byte offset of every place.
func (d *Diagnostic) MarshalJSON() ([]byte, error) {
	j := jsonDiagnostic{Code: d.Code.String(), Severity: d.Severity.String(), Message: d.Message,
		Label: d.Label, Notes: d.Notes, Help: d.Help}
	if page, ok := d.Code.Explain(); ok {
		j.Slug = page.Slug
	}
	if d.Primary.IsValid() {
		at := d.Primary.json()
		j.At = &at
	}
	for _, s := range d.Secondary {
		if s.Span.IsValid() {
			j.Secondary = append(j.Secondary, jsonLabelled{s.Span.json(), s.Text})
		}
	}
	for _, e := range d.Edits {
		if e.Span.IsValid() {
			j.Edits = append(j.Edits, jsonLabelled{e.Span.json(), e.NewText})
			j.Applicability = d.Applicability.String()
		}
	}
	return json.Marshal(j)
}

// WriteJSON prints the list as one JSON array, a diagnostic a line.
func (l List) WriteJSON(w io.Writer) error {
	sep := "[\n"
	for _, d := range l {
		line, err := json.Marshal(d)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, sep+string(line)); err != nil {
			return err
		}
		sep = ",\n"
	}
	end := "\n]\n"
	if len(l) == 0 {
		end = "[]\n"
	}
	_, err := io.WriteString(w, end)
	return err
}
