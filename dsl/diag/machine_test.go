package diag

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// machineList is two diagnostics with everything that a form may have to carry.
func machineList() List {
	f := NewFile("a, b.net", []byte("model A {\n  conv(6, 5)\n}\n"))
	return List{
		Errorf(2006, Span{f, 20, 21}, "100%% of %s", "two: numbers").
			WithLabel("what is this?").
			WithSecondary(Span{f, 17, 18}, "the channels").
			WithNote("a note").
			WithHelp("write 5x5", Edit{Span{f, 20, 21}, "5x5"}),
		Warnf(1003, Span{}, "nowhere"),
	}
}

func TestWriteGitHub(t *testing.T) {
	var b bytes.Buffer
	if err := machineList().WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error file=a%2C b.net,line=2,endLine=2,col=11,endColumn=12,title=N2006::" +
		"100%25 of two: numbers (what is this?)%0Aa note%0Ahelp: write 5x5\n" +
		"::warning title=N1003::nowhere\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestWriteGitHubOverLines(t *testing.T) {
	f := NewFile("a.net", []byte("model A {\n}\n"))
	var b bytes.Buffer
	if err := (List{Errorf(1008, Span{f, 8, 11}, "m")}).WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	if want := "::error file=a.net,line=1,endLine=2,title=N1008::m\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
}

func TestWriteSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := machineList().WriteSARIF(&b, "1.2.3"); err != nil {
		t.Fatal(err)
	}
	var log sarifLog
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	run := log.Runs[0]
	if log.Version != "2.1.0" || run.Tool.Driver.Version != "1.2.3" || len(run.Results) != 2 || len(run.Tool.Driver.Rules) != 2 {
		t.Fatalf("log %+v", log)
	}
	r := run.Results[0]
	if r.RuleID != "N2006" || run.Tool.Driver.Rules[r.RuleIndex].ID != "N2006" || r.Level != "error" ||
		!strings.Contains(r.Message.Text, "\nhelp: write 5x5") {
		t.Errorf("result %+v", r)
	}
	want := sarifRegion{2, 11, 2, 12}
	if got := r.Locations[0].Physical; got.Region != want || got.Artifact.URI != "a,%20b.net" {
		t.Errorf("location %+v", got)
	}
	if len(r.Related) != 1 || r.Related[0].Message.Text != "the channels" {
		t.Errorf("related %+v", r.Related)
	}
	if fix := r.Fixes[0].Changes[0].Replacements[0]; fix.Inserted.Text != "5x5" || fix.Deleted != want {
		t.Errorf("fix %+v", fix)
	}
	if second := run.Results[1]; second.Level != "warning" || second.Locations != nil || second.Fixes != nil {
		t.Errorf("result %+v", second)
	}
}
