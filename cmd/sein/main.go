// SPDX-License-Identifier: EUPL-1.2

// Command sein is the participants' tool: a creditor reports, withdraws and
// reads notices; a municipality collects signals, opens them and gives
// feedback; both make their keys and change pauses of collection; anyone verifies
// offline whether such a pause was in force on a day.
//
// It is a thin shell around adapters/client, which verifies every receipt and
// notice. It may not show personal data unless asked (ophalen writes files;
// --toon shows), and keeps nothing between two runs but what it writes where
// it is told. Its texts are Dutch, as its users are.
//
// Called by people and by scheduled jobs of participants; exit codes tell a job
// whether to go on, stop or come back later.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
