package check

import (
	"maps"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
)

func newLevel(stage *dsl.Name) level {
	return level{stage: stage, seen: map[string]*dsl.Entry{}, force: map[string]*dsl.Entry{}, meant: map[string]bool{}}
}

// stageLater notes a stage, which is read after the entries of the recipe,
// wherever it stands among them.
func (r *recipe) stageLater(e *dsl.Entry) {
	if len(e.Values) == 1 && e.Args == nil && e.Body != nil {
		if _, ok := e.Values[0].(*dsl.Name); ok {
			r.stages = append(r.stages, e)
			return
		}
	}
	r.form(e, "a name, and entries between braces")
}

// eachStage reads the stages. What a stage does not say it takes from the recipe.
func (r *recipe) eachStage(t *dsl.Train) {
	common, base := r.level, *r.out.Stage
	first := map[string]*dsl.Name{}
	for _, e := range r.stages {
		name := e.Values[0].(*dsl.Name)
		if before, twice := first[name.Text]; twice {
			r.errorf(diag.RepeatedEntry, name.Span, "stage `%s` stands twice in the recipe", name.Text).
				WithLabel("again").WithSecondary(before.Span, "first here").WithHelp("give one of them another name")
			continue
		}
		first[name.Text] = name
		stage := base
		r.level, r.out.Stage = common.within(name), &stage
		stage.Run.Stage = name.Text
		if !r.lines(e.Body) {
			return
		}
		if len(t.Body.Bad) == 0 {
			r.missing(name, e.Body, "neither stage `"+name.Text+"` nor its recipe says the")
		}
		r.together()
		r.out.Stages = append(r.out.Stages, &stage)
	}
}

// within is what holds at the beginning of a stage.
func (l level) within(stage *dsl.Name) level {
	in := l
	in.stage, in.seen = stage, map[string]*dsl.Entry{}
	in.force, in.meant = maps.Clone(l.force), maps.Clone(l.meant)
	return in
}
