package check

import (
	"slices"
	"strings"

	"github.com/netc-lang/netc/dsl"
	"github.com/netc-lang/netc/dsl/diag"
	"github.com/netc-lang/netc/runtime/data"
)

// data reads `data mnist`, `data idx("DIR")` or `data folder("DIR", split=[80, 10, 10])`
// as the specification that --data takes.
func (r *recipe) data(e *dsl.Entry) {
	name, args, ok := r.call(e)
	if !ok {
		if len(e.Values) == 1 && e.Args == nil && e.Body == nil {
			r.form(e, "the name of a data set")
		} else {
			r.form(e, "one data set")
		}
		return
	}
	i := slices.IndexFunc(data.Sources, func(s data.Source) bool { return s.Name == name.Text })
	if i < 0 {
		r.unknown("data set", name, data.SourceNames())
		return
	}
	source := &data.Sources[i]
	var paths []string
	options := map[string]string{}
	if args != nil {
		for _, a := range args.List {
			if !r.dataArgument(e, source, a, &paths, options) {
				return
			}
		}
	}
	spec, err := data.Spec(name.Text, paths, options)
	if err != nil {
		switch {
		case len(paths) == 0 && source.Arg != "":
			r.form(e, "a directory in `"+name.Text+"`", source.Sample())
		case len(paths) > 0 && source.Arg == "":
			r.form(e, "`"+name.Text+"` without a directory", source.Sample())
		default:
			r.errorf(diag.EntryForm, e.Span, "`%s` cannot be read: %v", name.Text, err).
				WithHelp("write for instance `" + source.Sample() + "`")
		}
		return
	}
	r.out.Run.Data = spec
}

// dataArgument reads one argument of a data set: a path, or an option.
func (r *recipe) dataArgument(e *dsl.Entry, source *data.Source, a *dsl.Arg, paths *[]string, options map[string]string) bool {
	if a.Label != nil {
		r.form(e, "a data set with its directory", source.Sample())
		return false
	}
	v := r.eval(a.Value)
	if !v.known {
		return false
	}
	if a.Key == nil {
		if v.kind != kindText {
			r.form(e, "a data set with its directory in quotes", source.Sample())
			return false
		}
		*paths = append(*paths, v.text)
		return true
	}
	key := a.Key.Text
	if !slices.Contains(source.Options, key) {
		d := diag.Errorf(diag.UnknownKey, a.Key.Span, "`%s` has no setting `%s`", source.Name, key)
		if len(source.Options) > 0 {
			d.WithNote("its settings are %s", strings.Join(source.Options, ", "))
		}
		suggest(d, a.Key, source.Options)
		if d.Help == "" {
			d.WithHelp("write for instance `" + source.Sample() + "`")
		}
		r.report(d)
		return false
	}
	if _, twice := options[key]; twice {
		r.errorf(diag.RepeatedArg, a.Span, "`%s` is given twice", key).WithHelp("keep one of them")
		return false
	}
	switch v.kind {
	case kindText, kindWord:
		options[key] = v.text
	case kindInts, kindInt, kindFloats, kindFloat:
		options[key] = strings.ReplaceAll(strings.Trim(v.String(), "[]"), " ", "")
	default:
		r.errorf(diag.WrongForm, a.Value.At(), "`%s` of `%s` takes numbers or text, found %s", key, source.Name, v.describe()).
			WithHelp("write for instance `" + source.Sample() + "`")
		return false
	}
	return true
}
