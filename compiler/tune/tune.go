// Package tune measures on a machine which algorithm is fastest for each pass of
// each convolution of a program, keeps that in a file, and answers from it what
// lowering chooses.
//
// Input: the questions of a program that is lowered on trial, or a file. Output:
// a File, and an ir.Tuning that chooses by it.
//
// Invariants: a file that is read says for each choice a way in which that
// convolution can be computed; what a file says decides the numbers of a program
// alone, so the same file gives the same bits on any machine; where it says
// nothing the estimate decides.
package tune

import (
	"slices"

	"github.com/netc-lang/netc/compiler/ir"
)

// Question is a choice that a program asks for.
type Question struct {
	Pass     string
	Geometry string // as kernel.ConvShape writes it
}

// Session is one use of a tuning: a file, and what was asked of it.
type Session struct {
	File  *File
	asked map[Question]bool
	order []Question
}

// NewSession asks a file; nil for one that knows nothing yet.
func NewSession(f *File) *Session { return &Session{File: f, asked: map[Question]bool{}} }

// Tuning is what lowering asks.
func (s *Session) Tuning() *ir.Tuning {
	t := &ir.Tuning{Choose: s.choose}
	if s.File != nil {
		t.Digest = s.File.Digest()
	}
	return t
}

func (s *Session) choose(pass, geometry string) (algorithm string, ok bool) {
	q := Question{pass, geometry}
	if !s.asked[q] {
		s.asked[q] = true
		s.order = append(s.order, q)
	}
	if s.File == nil {
		return "", false
	}
	return s.File.choice(q)
}

// Asked is every question so far, once each, in order.
func (s *Session) Asked() []Question { return slices.Clone(s.order) }

// Unknown is the questions so far that the file does not answer.
func (s *Session) Unknown() []Question {
	return slices.DeleteFunc(s.Asked(), func(q Question) bool {
		if s.File == nil {
			return false
		}
		_, ok := s.File.choice(q)
		return ok
	})
}
