package gogen

import (
	"fmt"
	"go/token"
	"math"
	"path"
	"reflect"
	"strconv"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/netc-lang/netc/runtime/par"
	"github.com/netc-lang/netc/runtime/plan"
)

// goNamer is a kernel's enumeration whose constants are exported from the
// package of its type: GoName is the constant's name.
type goNamer interface{ GoName() string }

// kernelLit is the kernel as a struct literal, its zero fields left out. Where
// known gives a variable for a value, that stands in its place.
func kernelLit(k plan.Kernel, known func(reflect.Value) string) (*jen.Statement, error) {
	v := reflect.ValueOf(k)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return nil, fmt.Errorf("kernel %T: expected a pointer to a struct", k)
	}
	t := v.Elem().Type()
	if t.Name() == "" || !token.IsExported(t.Name()) || strings.Contains(t.PkgPath()+"/", "/internal/") {
		return nil, fmt.Errorf("kernel %s: expected an exported type of a package that generated code can import", t)
	}
	if err := checkRun(k); err != nil {
		return nil, fmt.Errorf("kernel %s: %w", t, err)
	}
	lit, err := literal(v.Elem(), known)
	if err != nil {
		return nil, fmt.Errorf("kernel %s%w", t, err)
	}
	return lit, nil
}

var (
	poolType   = reflect.TypeFor[*par.Pool]()
	sliceTypes = [...]reflect.Type{
		plan.F32:  reflect.TypeFor[[]float32](),
		plan.I32:  reflect.TypeFor[[]int32](),
		plan.I64:  reflect.TypeFor[[]int64](),
		plan.BF16: reflect.TypeFor[[]uint16](),
	}
)

// checkRun checks that the kernel's Run takes the pool and a slice an operand,
// and returns nothing.
func checkRun(k plan.Kernel) error {
	run, ok := reflect.TypeOf(k).MethodByName("Run")
	if !ok {
		return fmt.Errorf("no method Run")
	}
	want := []reflect.Type{reflect.TypeOf(k), poolType}
	for _, op := range k.Operands() {
		want = append(want, sliceTypes[op.DType])
	}
	if reflect.FuncOf(want, nil, false) != run.Type {
		names := []string{"*par.Pool"}
		for _, op := range k.Operands() {
			names = append(names, op.Name+" "+sliceTypes[op.DType].String())
		}
		return fmt.Errorf("method Run is %s; expected its parameters to be the operands: %s", run.Type, strings.Join(names, ", "))
	}
	return nil
}

// literal is a value as Go source; known may be nil. Errors begin with the path
// of the field.
func literal(v reflect.Value, known func(reflect.Value) string) (*jen.Statement, error) {
	if known != nil {
		if name := known(v); name != "" {
			return jen.Id(name), nil
		}
	}
	if v.CanInterface() {
		if named, ok := v.Interface().(goNamer); ok {
			return jen.Qual(v.Type().PkgPath(), named.GoName()), nil
		}
	}
	switch v.Kind() {
	case reflect.Bool:
		return jen.Lit(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return noted(v, jen.Id(strconv.FormatInt(v.Int(), 10))), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return noted(v, jen.Id(unsigned(v.Uint()))), nil
	case reflect.Float32, reflect.Float64:
		return float(v.Float(), v.Kind()), nil
	case reflect.String:
		return jen.Lit(v.String()), nil
	case reflect.Struct:
		return structLit(v, known)
	case reflect.Array, reflect.Slice:
		return listLit(v, known)
	}
	return nil, fmt.Errorf(": type %s; expected numbers, text, or structs and lists of them", v.Type())
}

// noted adds to a number what it stands for, where its type can tell.
func noted(v reflect.Value, lit *jen.Statement) *jen.Statement {
	if s, ok := enum(v); ok {
		return lit.Op("/* " + strings.ReplaceAll(s, "*/", "* /") + " */")
	}
	return lit
}

// enum is what a named number calls itself.
func enum(v reflect.Value) (string, bool) {
	if v.CanInterface() && v.Type().PkgPath() != "" {
		if s, ok := v.Interface().(fmt.Stringer); ok {
			return s.String(), true
		}
	}
	return "", false
}

// unsigned writes sizes in decimal, and the 64 bits of a hash as such.
func unsigned(u uint64) string {
	if u < 1<<32 {
		return strconv.FormatUint(u, 10)
	}
	return fmt.Sprintf("%#016x", u)
}

// float is the shortest literal of a float, or its bits where there is none.
func float(f float64, kind reflect.Kind) *jen.Statement {
	plain := !math.IsInf(f, 0) && !math.IsNaN(f) && !(f == 0 && math.Signbit(f))
	switch {
	case plain && kind == reflect.Float32:
		return jen.Id(strconv.FormatFloat(f, 'g', -1, 32))
	case plain:
		return jen.Id(strconv.FormatFloat(f, 'g', -1, 64))
	case kind == reflect.Float32:
		return jen.Qual("math", "Float32frombits").Call(jen.Id(fmt.Sprintf("%#08x", math.Float32bits(float32(f)))))
	}
	return jen.Qual("math", "Float64frombits").Call(jen.Id(fmt.Sprintf("%#016x", math.Float64bits(f))))
}

func structLit(v reflect.Value, known func(reflect.Value) string) (*jen.Statement, error) {
	t := v.Type()
	var fields []jen.Code
	for i := range t.NumField() {
		f := t.Field(i)
		if isOmitted(v.Field(i)) {
			continue
		}
		if !f.IsExported() {
			return nil, fmt.Errorf(".%s: is set, but not exported", f.Name)
		}
		val, err := literal(v.Field(i), known)
		if err != nil {
			return nil, fmt.Errorf(".%s%w", f.Name, err)
		}
		fields = append(fields, jen.Id(f.Name).Op(":").Add(val))
	}
	typ, err := typeName(t)
	if err != nil {
		return nil, err
	}
	return typ.Values(fields...), nil
}

func listLit(v reflect.Value, known func(reflect.Value) string) (*jen.Statement, error) {
	elems, err := listElems(v, known)
	if err != nil {
		return nil, err
	}
	typ, err := typeName(v.Type())
	if err != nil {
		return nil, err
	}
	return typ.Values(elems...), nil
}

// listElems is what stands between the braces of a list. A list of lists names its
// type once.
func listElems(v reflect.Value, known func(reflect.Value) string) ([]jen.Code, error) {
	var elems []jen.Code
	for i := range v.Len() {
		if inner := v.Index(i); inner.Kind() == reflect.Slice {
			within, err := listElems(inner, known)
			if err != nil {
				return nil, fmt.Errorf("[%d]%w", i, err)
			}
			elems = append(elems, jen.Values(within...))
			continue
		}
		e, err := literal(v.Index(i), known)
		if err != nil {
			return nil, fmt.Errorf("[%d]%w", i, err)
		}
		elems = append(elems, e)
	}
	return elems, nil
}

// isOmitted says whether a field may be left out of its literal: it is zero to
// the bit, and not a choice that the reader should see by name.
func isOmitted(v reflect.Value) bool {
	if !isZero(v) {
		return false
	}
	if v.CanInterface() {
		if _, ok := v.Interface().(goNamer); ok {
			return false
		}
	}
	_, named := enum(v)
	return !named
}

// isZero is reflect's, except that −0 is not zero.
func isZero(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		return math.Float64bits(v.Float()) == 0
	case reflect.Array:
		for i := range v.Len() {
			if !isZero(v.Index(i)) {
				return false
			}
		}
		return true
	case reflect.Struct:
		for i := range v.NumField() {
			if !isZero(v.Field(i)) {
				return false
			}
		}
		return true
	}
	return v.IsZero()
}

// typeName is a type as Go source.
func typeName(t reflect.Type) (*jen.Statement, error) {
	switch {
	case t.Name() != "" && t.PkgPath() == "":
		return jen.Id(t.Name()), nil
	case t.Name() != "" && token.IsExported(t.Name()):
		return jen.Qual(t.PkgPath(), t.Name()), nil
	case t.Name() == "" && t.Kind() == reflect.Slice, t.Name() == "" && t.Kind() == reflect.Array:
		elem, err := typeName(t.Elem())
		if err != nil {
			return nil, err
		}
		if t.Kind() == reflect.Array {
			return jen.Index(jen.Lit(t.Len())).Add(elem), nil
		}
		return jen.Index().Add(elem), nil
	}
	return nil, fmt.Errorf(": type %s; expected an exported one", t)
}

// packageName is the name of a type's package; t may be a pointer.
func packageName(t reflect.Type) string {
	name, _, ok := strings.Cut(strings.TrimPrefix(t.String(), "*"), ".")
	if !ok {
		return path.Base(t.PkgPath())
	}
	return name
}
