package main

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// Neither avo nor Go's assembler knows AVX512_BF16. Two instructions that take
// the same operands and stand in no other place of this program stand in for
// its own; when registers have been allocated, encode writes out the bytes.
var standIns = map[string]struct {
	name   string
	opcode byte
}{
	"VPDPWSSD":  {"VDPBF16PS", 0x52},
	"VCVTPD2PS": {"VCVTNEPS2BF16", 0x72},
}

// encode replaces the stand-ins by data and a comment.
var encode = pass.FunctionPass(func(f *ir.Function) error {
	var nodes []ir.Node
	for _, n := range f.Nodes {
		i, ok := n.(*ir.Instruction)
		if !ok {
			nodes = append(nodes, n)
			continue
		}
		s, ok := standIns[i.Opcode]
		if !ok {
			nodes = append(nodes, n)
			continue
		}
		var ops []string
		for _, o := range i.Operands {
			ops = append(ops, o.Asm())
		}
		name := strings.Join(append([]string{s.name}, i.Suffixes...), ".")
		nodes = append(nodes, ir.NewComment(name+" "+strings.Join(ops, ", ")))
		code, err := evex(s.opcode, i.Operands, len(i.Suffixes) > 0)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		nodes = append(nodes, data(code)...)
	}
	f.Nodes, f.ISA = nodes, nil // what they need is found again
	return nil
})

// data is bytes as few directives.
func data(code []byte) []ir.Node {
	var nodes []ir.Node
	emit := func(name string, v operand.Op) {
		nodes = append(nodes, &ir.Instruction{Opcode: name, Operands: []operand.Op{v}, ISA: []string{"AVX512_BF16"}})
	}
	for len(code) > 0 {
		switch {
		case len(code) >= 8:
			emit("QUAD", operand.U64(binary.LittleEndian.Uint64(code)))
			code = code[8:]
		case len(code) >= 4:
			emit("LONG", operand.U32(binary.LittleEndian.Uint32(code)))
			code = code[4:]
		case len(code) >= 2:
			emit("WORD", operand.U16(binary.LittleEndian.Uint16(code)))
			code = code[2:]
		default:
			emit("BYTE", operand.U8(code[0]))
			code = code[1:]
		}
	}
	return nodes
}

// evex is an instruction of map 0F38 with prefix F3, W0 and vectors of 512 bits:
// dst is the last operand, the first a register or memory, between them perhaps
// a second source.
func evex(opcode byte, ops []operand.Op, broadcast bool) ([]byte, error) {
	id := func(o operand.Op) (byte, error) {
		r, ok := o.(reg.Physical)
		if !ok {
			return 0, fmt.Errorf("operand %s is no register", o.Asm())
		}
		return byte(r.PhysicalIndex()), nil
	}
	not := func(v byte, bit int) byte { return 1 &^ (v >> bit) }
	dst, err := id(ops[len(ops)-1])
	if err != nil {
		return nil, err
	}
	var second byte
	if len(ops) == 3 {
		if second, err = id(ops[1]); err != nil {
			return nil, err
		}
	}
	b := byte(0)
	if broadcast {
		b = 1
	}
	p0 := not(dst, 3)<<7 | not(dst, 4)<<4 | 2
	p1 := (^second&15)<<3 | 1<<2 | 2
	p2 := byte(2<<5) | b<<4 | not(second, 4)<<3
	m, ok := ops[0].(operand.Mem)
	if !ok {
		src, err := id(ops[0])
		if err != nil {
			return nil, err
		}
		p0 |= not(src, 4)<<6 | not(src, 3)<<5
		return []byte{0x62, p0, p1, p2, opcode, 3<<6 | dst&7<<3 | src&7}, nil
	}
	base, err := id(m.Base)
	if err != nil {
		return nil, err
	}
	index, scale := byte(4), byte(0) // none
	if m.Index != nil {
		if index, err = id(m.Index); err != nil {
			return nil, err
		}
		scale = map[uint8]byte{1: 0, 2: 1, 4: 2, 8: 3}[m.Scale]
	}
	p0 |= not(index, 3)<<6 | not(base, 3)<<5
	unit := 64 // of a displacement of one byte
	if broadcast {
		unit = 4
	}
	mod, disp := byte(2), binary.LittleEndian.AppendUint32(nil, uint32(m.Disp))
	switch {
	case m.Disp == 0 && base&7 != 5:
		mod, disp = 0, nil
	case m.Disp%unit == 0 && m.Disp/unit >= -128 && m.Disp/unit < 128:
		mod, disp = 1, []byte{byte(int8(m.Disp / unit))}
	}
	code := []byte{0x62, p0, p1, p2, opcode, mod<<6 | dst&7<<3 | 4, scale<<6 | index&7<<3 | base&7}
	return append(code, disp...), nil
}
