package network_test

import (
	"strings"
	"testing"

	"github.com/netc-lang/netc/compiler/model"
	"github.com/netc-lang/netc/compiler/network"
	"github.com/netc-lang/netc/compiler/op"
)

func TestBuilder(t *testing.T) {
	b := network.NewBuilder(network.Training, 4)
	b.Source = &model.Node{Name: "dense", Path: "model.dense[1]"}
	x := b.Input("x", op.Shape{4, 8})
	w := b.Param(&network.Param{Name: "w", Shape: op.Shape{8, 3}, Role: network.Weight})
	if b.Input("x", op.Shape{4, 8}) != x || b.Param(&network.Param{Name: "w", Shape: op.Shape{8, 3}}) != w {
		t.Error("inputs and parameters of one name are one")
	}
	y := b.Apply("matmul", op.MatMul{}, x, w)
	if !y.Shape().Equal(op.Shape{4, 3}) || b.Err() != nil {
		t.Errorf("the product has shape %v, %v", y.Shape(), b.Err())
	}
	n := b.Net
	if n.ParamCount() != 24 || n.Params[0].Rate != 1 || n.Params[0].Size() != 24 {
		t.Errorf("%d weights", n.ParamCount())
	}
	if got := n.FLOPs(0); got != 2*4*8*3 {
		t.Errorf("the product takes %d operations", got)
	}
	if n.Values[2].Source.Path != "model.dense[1]" {
		t.Error("a value knows its statement")
	}
	for i, v := range n.Values {
		if v.ID != i {
			t.Errorf("value %d has the number %d", i, v.ID)
		}
	}
}

func TestBuilderKeepsTheFirstFault(t *testing.T) {
	b := network.NewBuilder(network.Evaluation, 2)
	b.Source = &model.Node{Name: "dense", Path: "model.dense[1]"}
	x := b.Input("x", op.Shape{2, 8})
	w := b.Param(&network.Param{Name: "w", Shape: op.Shape{5, 3}})
	b.Apply("matmul", op.MatMul{}, x, w)
	b.Apply("nonsense", nil, x)
	if err := b.Err(); err == nil || !strings.Contains(err.Error(), "model.dense[1]") || !strings.Contains(err.Error(), "matmul") {
		t.Errorf("the first fault is %v", err)
	}
}

func TestModes(t *testing.T) {
	if network.Training.String() != "train" || network.Evaluation.String() != "eval" {
		t.Error("modes are train and eval")
	}
}
