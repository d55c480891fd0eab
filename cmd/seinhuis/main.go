// SPDX-License-Identifier: EUPL-1.2

// Command seinhuis is the gateway and the tool of whoever runs it.
//
// Its one job is wiring, by hand and in plain sight (standalone.go, cluster.go and wire.go
// name every adapter), and a command line over it. It may not decide about a report, or
// print what stands in one. Called by operators, by the service manager that
// runs serve, and by newcomers who run demo.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:])) }

// Exit codes, the same for every command.
const (
	exitOK       = 0
	exitFailed   = 1 // it was tried and did not work, or a check found something
	exitUsage    = 2 // the command line is wrong
	exitNotReady = 3 // the installation is incomplete or does not answer
)

// exitError carries the exit code of a failure.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string { return e.err.Error() }
func (e *exitError) Unwrap() error { return e.err }

func usage(err error) error    { return &exitError{exitUsage, err} }
func notReady(err error) error { return &exitError{exitNotReady, err} }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(os.Stderr, "seinhuis:", err)
	var e *exitError
	if errors.As(err, &e) {
		return e.code
	}
	return exitFailed
}
