package gogen

import (
	"reflect"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/plan"
)

// minShape is the fewest fields that are worth a variable.
const minShape = 3

// shape is a struct of integers inside the kernels of a layer, such as the
// geometry of a convolution.
type shape struct {
	layer string
	value any
}

// shapeNames is the variables that hold shapes.
type shapeNames map[shape]string

// nameShapes gives a variable to every shape that several kernels of one layer
// have in common, so that it is written once.
func (g *generator) nameShapes(n *planNames) shapeNames {
	names := shapeNames{}
	if n.verb == "Init" {
		return names
	}
	steps := slices.Concat(n.Setup, n.Steps)
	uses := map[shape]int{}
	for _, s := range steps {
		for _, v := range shapesIn(s.Kernel) {
			uses[shape{s.Layer, v.Interface()}]++
		}
	}
	for _, s := range steps {
		for _, v := range shapesIn(s.Kernel) {
			key := shape{s.Layer, v.Interface()}
			if uses[key] < 2 || names[key] != "" {
				continue
			}
			lit, err := literal(v, nil)
			if err != nil {
				continue // nameKernel meets it again and reports it
			}
			g.file.ImportName(v.Type().PkgPath(), packageName(v.Type()))
			names[key] = g.top.add(g.qualified(n.field + kernelIdent(s.Layer, v.Type().Name())))
			n.shapes = append(n.shapes, jen.Id(names[key]).Op("=").Add(lit))
		}
	}
	return names
}

// of is the variable for a value in a kernel of the given layer; "" for none.
func (names shapeNames) of(layer string) func(reflect.Value) string {
	return func(v reflect.Value) string {
		if len(names) == 0 || !isShape(v) {
			return ""
		}
		return names[shape{layer, v.Interface()}]
	}
}

// shapesIn is the fields of a kernel that are shapes.
func shapesIn(k plan.Kernel) []reflect.Value {
	v := reflect.ValueOf(k)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil
	}
	var found []reflect.Value
	for i := range v.Elem().NumField() {
		if f := v.Elem().Field(i); isShape(f) {
			found = append(found, f)
		}
	}
	return found
}

// isShape says whether a value is an exported struct of integers alone, with
// enough of them set.
func isShape(v reflect.Value) bool {
	if v.Kind() != reflect.Struct || !v.CanInterface() || v.Type().Name() == "" {
		return false
	}
	set := 0
	for i := range v.NumField() {
		if !v.Field(i).CanInt() && !v.Field(i).CanUint() {
			return false
		}
		if !v.Field(i).IsZero() {
			set++
		}
	}
	return set >= minShape
}
