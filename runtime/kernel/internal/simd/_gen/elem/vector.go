package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The comparison predicates of VCMPPS.
const (
	unordered = 3
	lessEqual = 0x12
	greater   = 0x1e
)

// bits returns a vector of eight equal words in read-only memory: one of those
// that constants writes.
func bits(u uint32) Mem { return NewDataAddr(NewStaticSymbol(wordName(u)), 0) }

// number returns a vector of eight equal numbers in read-only memory.
func number(x float64) Mem { return bits(word(x)) }

func wordName(u uint32) string { return fmt.Sprintf("elem%08x", u) }

func word(x float64) uint32 { return math.Float32bits(float32(x)) }

// constants writes the vectors of equal words to read-only memory.
func constants(words ...uint32) {
	for _, u := range words {
		GLOBL(wordName(u), RODATA|NOPTR)
		for i := range 8 {
			DATA(4*i, U32(u))
		}
	}
}

// hold loads a vector into a register.
func hold(m Mem) VecVirtual {
	v := YMM()
	VMOVUPS(m, v)
	return v
}

// argument is the place of an argument on the stack.
func argument(param string) Mem {
	b, err := Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// broadcast fills a register with a float32 argument.
func broadcast(param string) VecVirtual {
	v := YMM()
	VBROADCASTSS(argument(param), v)
	return v
}

// each defines a function over n elements, a positive multiple of eight, of the
// slices that start at the named pointers. setup runs before the loop and
// returns the body, which gets the addresses of eight elements in order.
func each(name, signature, equivalent string, pointers []string, setup func() func(at []Mem)) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(equivalent)
	var base []GPVirtual
	for _, p := range pointers {
		base = append(base, Load(Param(p), GP64()).(GPVirtual))
	}
	n := Load(Param("n"), GP64())
	body := setup()
	i := GP64()
	XORQ(i, i)
	Label("loop")
	var at []Mem
	for _, b := range base {
		at = append(at, Mem{Base: b, Index: i, Scale: 4})
	}
	body(at)
	ADDQ(Imm(8), i)
	CMPQ(i, n)
	JLT(LabelRef("loop"))
	VZEROUPPER()
	RET()
}
