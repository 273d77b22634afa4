//go:build !unix

package main

import (
	"errors"
	"time"
)

// processorTime is what this process has used of its processors.
func processorTime() (time.Duration, error) {
	return 0, errors.New("--clock processor needs Linux, macOS or another Unix")
}
