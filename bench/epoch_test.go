package main

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
)

func TestEpochAlone(t *testing.T) {
	const images = "../../shared/data/mnist"
	if _, err := os.Stat(images); err != nil {
		t.Skip("no MNIST here:", err)
	}
	var out, errs bytes.Buffer
	if err := run([]string{"epoch", "--data=" + images, "--threads=1", "--rounds=1", "--steps=1", "--peers=-", "--json"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	var r row
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Work != "epoch" || r.Threads != 1 || r.Netc <= 0 || r.Peer != 0 || r.Ratio != 0 {
		t.Errorf("got %+v", r)
	}
}
