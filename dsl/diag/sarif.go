package diag

import (
	"encoding/json"
	"io"
	"net/url"
	"path/filepath"
	"slices"
)

// The parts of SARIF 2.1.0 (OASIS standard, 2020) that netc has something for.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID   string     `json:"id"`
		Name string     `json:"name"`
		Full *sarifText `json:"fullDescription,omitempty"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
		Message  *sarifText    `json:"message,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"`
	}
	sarifFix struct {
		Description sarifText     `json:"description"`
		Changes     []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		Artifact     sarifArtifact      `json:"artifactLocation"`
		Replacements []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		Deleted  sarifRegion `json:"deletedRegion"`
		Inserted sarifText   `json:"insertedContent"`
	}
)

var sarifLevels = [...]string{Error: "error", Warning: "warning", Hint: "note"}

// WriteSARIF prints the list as one SARIF 2.1.0 log. version is netc's.
func (l List) WriteSARIF(w io.Writer, version string) error {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "netc", Version: version, Rules: []sarifRule{}}
	for _, d := range l {
		run.Results = append(run.Results, sarifResult{
			RuleID:    d.Code.String(),
			RuleIndex: run.Tool.Driver.rule(d.Code),
			Level:     sarifLevels[d.Severity],
			Message:   sarifText{d.sarifMessage()},
			Locations: sarifPlaces(Labelled{d.Primary, d.Label}),
			Related:   sarifPlaces(d.Secondary...),
			Fixes:     d.sarifFixes(),
		})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{
		Schema:  "https://json.schemastore.org/sarif-2.1.0.json",
		Version: "2.1.0",
		Runs:    []sarifRun{run},
	})
}

// rule is the index of a code among the rules, where it is added if need be.
func (v *sarifDriver) rule(c Code) int {
	id := c.String()
	if i := slices.IndexFunc(v.Rules, func(r sarifRule) bool { return r.ID == id }); i >= 0 {
		return i
	}
	r := sarifRule{ID: id, Name: id}
	if page, ok := c.Explain(); ok {
		r.Name, r.Full = page.Slug, &sarifText{page.Explain}
	}
	v.Rules = append(v.Rules, r)
	return len(v.Rules) - 1
}

// sarifMessage is the message with the notes and the help below it.
func (d *Diagnostic) sarifMessage() string {
	text := d.Message
	for _, n := range d.Notes {
		text += "\n" + n
	}
	if d.Help != "" {
		text += "\nhelp: " + d.Help
	}
	return text
}

func sarifPlaces(places ...Labelled) []sarifLocation {
	var all []sarifLocation
	for _, p := range places {
		if !p.Span.IsValid() {
			continue
		}
		at := sarifLocation{Physical: sarifPhysical{p.Span.sarifArtifact(), p.Span.sarifRegion()}}
		if p.Text != "" {
			at.Message = &sarifText{p.Text}
		}
		all = append(all, at)
	}
	return all
}

// sarifFixes is the edits as one fix.
func (d *Diagnostic) sarifFixes() []sarifFix {
	if len(d.Edits) == 0 {
		return nil
	}
	change := sarifChange{Artifact: d.Edits[0].Span.sarifArtifact()}
	for _, e := range d.Edits {
		change.Replacements = append(change.Replacements, sarifReplacement{e.Span.sarifRegion(), sarifText{e.NewText}})
	}
	return []sarifFix{{sarifText{d.Help}, []sarifChange{change}}}
}

func (s Span) sarifArtifact() sarifArtifact {
	uri := url.URL{Path: filepath.ToSlash(s.File.Name)}
	return sarifArtifact{uri.EscapedPath()}
}

func (s Span) sarifRegion() sarifRegion {
	start, end := s.File.Position(s.Start), s.File.Position(s.End)
	return sarifRegion{start.Line, start.Column, end.Line, end.Column}
}
