package data

import (
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// spec is a specification taken apart: NAME:PATH[,PATH][?KEY=VALUE&…].
type spec struct {
	source  *Source
	paths   []string
	options url.Values
}

func (s *spec) has(key string) bool { return s.options.Has(key) }

// ratio is the split that the specification says, or the usual one.
func (s *spec) ratio() (Ratio, error) {
	if !s.has("split") {
		return usual, nil
	}
	return parseRatio(s.options.Get("split"))
}

// String writes the specification in its one form, from which it can be read.
func (s *spec) String() string {
	text := s.source.Name
	if len(s.paths) > 0 {
		text += ":" + strings.Join(s.paths, ",")
	}
	for i, key := range sortedKeys(s.options) {
		text += map[bool]string{true: "?", false: "&"}[i == 0] + key + "=" + escape(s.options.Get(key))
	}
	return text
}

// escape writes the value of an option so that it can stand in a specification.
func escape(value string) string {
	return strings.NewReplacer("%2C", ",", "%2F", "/").Replace(url.QueryEscape(value))
}

func sortedKeys(v url.Values) []string {
	var keys []string
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// Spec writes the specification of a source with paths and options, or says
// what is wrong with them.
func Spec(name string, paths []string, options map[string]string) (string, error) {
	s := spec{paths: paths, options: url.Values{}}
	for k, v := range options {
		s.options.Set(k, v)
	}
	for i := range Sources {
		if Sources[i].Name == name {
			s.source = &Sources[i]
		}
	}
	if s.source == nil {
		return "", unknownSource(name)
	}
	for _, p := range paths {
		if len(paths) > 1 && strings.Contains(p, ",") || strings.Contains(p, "?") {
			return "", fmt.Errorf("the path %q has a comma or a question mark in it: give it another name", p)
		}
	}
	if len(paths) > 1 && len(paths) != s.source.paths() {
		return "", fmt.Errorf("%d paths, expected %s", len(paths), s.source.Spec())
	}
	text := s.String()
	_, err := takeApart(text)
	return text, err
}

// parse is takeApart, with the specification in its errors.
func parse(text string) (spec, error) {
	s, err := takeApart(text)
	if err != nil {
		err = fmt.Errorf("data %q: %w", text, err)
	}
	return s, err
}

// takeApart takes a specification apart and checks its form.
func takeApart(text string) (spec, error) {
	text, query, asks := strings.Cut(text, "?")
	name, arg, hasArg := strings.Cut(text, ":")
	s := spec{options: url.Values{}}
	for i := range Sources {
		if Sources[i].Name == name {
			s.source = &Sources[i]
		}
	}
	if s.source == nil {
		return s, unknownSource(name)
	}
	if arg == "" && s.source.Arg != "" && !s.source.alone || hasArg && arg == "" {
		return s, fmt.Errorf("expected %s", s.source.Spec())
	}
	if hasArg && s.source.Arg == "" {
		return s, fmt.Errorf("%s takes nothing after its name", name)
	}
	if arg != "" {
		s.paths = []string{arg}
		if n := s.source.paths(); n > 1 {
			s.paths = strings.Split(arg, ",")
			if len(s.paths) != n || slices.Contains(s.paths, "") {
				return s, fmt.Errorf("expected %s", s.source.Spec())
			}
		}
	}
	if !asks {
		return s, s.complete()
	}
	options, err := url.ParseQuery(query)
	if err != nil {
		return s, err
	}
	for _, key := range sortedKeys(options) {
		if !slices.Contains(s.source.Options, key) {
			known := "none"
			if len(s.source.Options) > 0 {
				known = strings.Join(s.source.Options, ", ")
			}
			return s, fmt.Errorf("%s has no option %q, its options are %s", name, key, known)
		}
		if len(options[key]) > 1 {
			return s, fmt.Errorf("%s is given twice", key)
		}
	}
	s.options = options
	if s.has("split") {
		if _, err := s.ratio(); err != nil {
			return s, err
		}
	}
	return s, s.complete()
}

// complete reports an option that the source cannot do without.
func (s *spec) complete() error {
	for _, key := range s.source.needs {
		if !s.has(key) {
			return fmt.Errorf("says no %s, expected for instance `%s`", key, s.source.Sample())
		}
	}
	return nil
}

// Beside is a specification with its relative paths seen from a folder. One
// that names no source comes back as it is.
func Beside(dir, text string) string {
	s, err := parse(text)
	if err != nil {
		return text
	}
	for i, p := range s.paths {
		if !filepath.IsAbs(p) {
			s.paths[i] = filepath.Join(dir, p)
		}
	}
	return s.String()
}

// CheckSpec reports whether a specification names a source, without opening it.
func CheckSpec(spec string) error {
	_, err := parse(spec)
	return err
}

// SourceNames lists the names of the known sources.
func SourceNames() []string {
	names := make([]string, len(Sources))
	for i := range Sources {
		names[i] = Sources[i].Name
	}
	return names
}
