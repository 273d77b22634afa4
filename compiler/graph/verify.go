package graph

import (
	"errors"
	"fmt"

	"github.com/netc-lang/netc/compiler/op"
)

// Verify checks that the program makes sense: every value is made once and before it is used, every shape is what the operation's rule
// says, names are there and differ. Whoever changes a program checks it again.
func (p *Program) Verify() error {
	made := make([]bool, len(p.Values))
	names := map[string]bool{}
	for i, v := range p.Values {
		for _, d := range v.Shape {
			if d < 1 {
				return fmt.Errorf("%%%d has shape %v", i, v.Shape)
			}
		}
		switch v.Kind {
		case Input, Param, State:
			if v.Name == "" || names[v.Name] {
				return fmt.Errorf("%%%d: the name %q of a %v is empty or taken", i, v.Name, v.Kind)
			}
			names[v.Name] = true
		case Const:
			if len(v.Shape) != 0 {
				return fmt.Errorf("%%%d is a constant of shape %v", i, v.Shape)
			}
		case Result:
			continue
		default:
			return fmt.Errorf("%%%d has the unknown kind %d", i, v.Kind)
		}
		made[i] = true
	}
	for _, s := range p.Steps {
		if err := p.verifyStep(s, made); err != nil {
			return &Error{Origin: s.Origin, What: fmt.Sprintf("%%%d", s.Out), Err: err}
		}
		made[s.Out] = true
	}
	for i, ok := range made {
		if !ok {
			return fmt.Errorf("%%%d is never made", i)
		}
	}
	if len(p.Outputs) == 0 {
		return errors.New("the program has no output")
	}
	for name, i := range p.Outputs {
		if i < 0 || i >= len(p.Values) {
			return fmt.Errorf("output %s is %%%d, which does not exist", name, i)
		}
	}
	return nil
}

func (p *Program) verifyStep(s Step, made []bool) error {
	if s.Op == nil || op.Get(s.Op.Name) != s.Op {
		return errors.New("the operation is not registered")
	}
	shapes := make([]op.Shape, len(s.In))
	for i, v := range s.In {
		if v < 0 || v >= len(made) || !made[v] {
			return fmt.Errorf("%s uses %%%d before it is made", s.Op.Name, v)
		}
		shapes[i] = p.Values[v].Shape
	}
	switch {
	case s.Out < 0 || s.Out >= len(made):
		return fmt.Errorf("%s writes to a value that does not exist", s.Op.Name)
	case made[s.Out] || p.Values[s.Out].Kind != Result:
		return fmt.Errorf("%s writes to a value that is made already", s.Op.Name)
	}
	shape, err := s.Op.Shape(s.Attrs, shapes)
	if err == nil && !shape.Equal(p.Values[s.Out].Shape) {
		err = fmt.Errorf("%s gives shape %v and the value has %v", s.Op.Name, shape, p.Values[s.Out].Shape)
	}
	return err
}
