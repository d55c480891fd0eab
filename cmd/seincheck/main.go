// SPDX-License-Identifier: EUPL-1.2

// Command seincheck verifies the audit log of a gateway, bundles of proof from it, the receipts it gave, and whether a pause of collection was in force, offline.
//
// It reads files and prints what it found; it opens no connection, writes nothing and trusts nothing that it was not given. It
// imports the standard library and package gateway/audit/proof and nothing else of this module, so that whoever verifies
// need not trust the code that wrote.
//
// Called by: privacy officers, creditors with a receipt, municipalities, and auditors.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/seinhuis/seinhuis/gateway/audit/proof"
)

// Exit codes.
const (
	exitOK     = 0 // all that was asked is verified
	exitFailed = 1 // verification failed
	exitUsage  = 2 // the question was not understood, or something could not be read
)

const usage = `seincheck verifies the audit log of a Seinhuis gateway, the receipts it gave, and whether a pause of collection was in
force on a day. It works offline.

Usage:

  seincheck log DIR|EXPORT.zip            verify a whole log: every entry, every tile, the signed checkpoint
  seincheck consistency OLDCHECKPOINT DIR|EXPORT.zip
                                          the same, and that the log only grew since a checkpoint you kept
  seincheck bundle FILE.zip               verify a bundle of proof: that each of its entries is in the log, unchanged and at
                                          its place, under a signed checkpoint; names each entry for which that is not so
  seincheck entry FILE                    verify the proof of one entry, as an officer downloads it
  seincheck receipt FILE --keys JWKS      verify a receipt: a compact JWS, or the evidence document (JSON) that
                                          GET /v1/meldingen/{id}/bewijs gives, with its proof of inclusion
  seincheck pause --on DAY --keys JWKS FILE...
                                          whether a pause of collection was in force on a day (2026-12-01), by its statement
                                          or by all its notices and receipts from the first on
  seincheck deletion FILE --keys JWKS     verify a deletion receipt, of either form: signature, claims, and with --object that
                                          the object with this name was erased

Flags (before or after the arguments):

  --key KEY        verifier key of the log (name+hash+key); may be repeated, for a log whose key was changed
  --key-file FILE  file with verifier keys, one on a line; # starts a comment
  --origin NAME    insist on this origin line
  --keys FILE      receipt, deletion, pause: the gateway's public keys (JWKS), as GET /v1/sleutels gives them
  --object NAME    deletion: a name such as signaal/<uuid>/inhoud; may be repeated, and each must be among those erased
  --log DIR        receipt, deletion: look for the receipt's entry in this log (directory or zip), and verify the log
  --on DAY         pause: the day, in the Netherlands
  --pause ID       pause: which one, when the only document is about several
  --since-checkpoint FILE
                   bundle: a checkpoint that you kept; the bundle must show that the log only grew since
  --witness KEY    log, consistency, bundle: this witness (verifier key) must have cosigned the log, or a beginning of it, which
                   the answer tells; may be repeated. A log in a directory has no cosignatures, an export and a bundle have
  --since N        entries before number N (a multiple of 256) may have been removed at the end of their term
  --json           one JSON document instead of text

Where the key comes from matters: get it from the gateway's operator by another way than the log itself, and keep it.
Without --key or --key-file a verifier.txt inside the log is used, and the output says that this proves less.

Exit codes: 0 verified, 1 verification failed, 2 wrong usage or unreadable input. Of pause: 0 in force, 1 not in force or
incomplete (the answer says which), 2 no answer: also when a document does not verify or contradicts another.
`

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// errUsage is wrapped by mistakes in the question.
var errUsage = errors.New("see seincheck --help")

// options are the flags of all questions.
type options struct {
	keys    []string
	keyFile string
	origin  string
	witness []proof.Witness
	jwks    string
	objects []string
	log     string
	day     string
	pause   string
	since   int64
	earlier string
	json    bool
}

// run answers one question, and gives the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	if args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	o, rest, err := parse(args[1:])
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return exitOK
	}
	var out outcome
	if err == nil {
		out, err = ask(args[0], rest, o)
	}
	if err != nil {
		fmt.Fprintf(stderr, "seincheck: %v\n", err)
		return exitUsage
	}
	if err := out.print(stdout, o.json); err != nil {
		fmt.Fprintf(stderr, "seincheck: %v\n", err)
		return exitUsage
	}
	if !out.OK {
		return exitFailed
	}
	return exitOK
}

// ask dispatches on the command.
func ask(command string, args []string, o options) (outcome, error) {
	if command == "pause" {
		return checkPause(args, o)
	}
	want := map[string]int{"log": 1, "bundle": 1, "entry": 1, "consistency": 2, "receipt": 1, "deletion": 1}
	n, known := want[command]
	if !known {
		return outcome{}, fmt.Errorf("no such command; %w", errUsage)
	}
	if len(args) != n {
		return outcome{}, fmt.Errorf("%s takes %d argument(s), not %d; %w", command, n, len(args), errUsage)
	}
	switch command {
	case "log":
		return checkLog(args[0], nil, o, nil)
	case "consistency":
		old, err := readSmall(args[0])
		if err != nil {
			return outcome{}, err
		}
		return checkLog(args[1], old, o, nil)
	case "bundle":
		return checkBundle(args[0], o)
	case "entry":
		return checkEntry(args[0], o)
	case "deletion":
		return checkDeletion(args[0], o)
	default:
		return checkReceipt(args[0], o)
	}
}

// parse reads flags before, between and after the arguments.
func parse(args []string) (o options, rest []string, err error) {
	f := flag.NewFlagSet("seincheck", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.Func("key", "", func(s string) error { o.keys = append(o.keys, strings.TrimSpace(s)); return nil })
	f.StringVar(&o.keyFile, "key-file", "", "")
	f.Func("witness", "", func(s string) error {
		w, err := proof.NewWitness(strings.TrimSpace(s))
		o.witness = append(o.witness, w)
		return err
	})
	f.StringVar(&o.origin, "origin", "", "")
	f.StringVar(&o.jwks, "keys", "", "")
	f.Func("object", "", func(s string) error { o.objects = append(o.objects, s); return nil })
	f.StringVar(&o.log, "log", "", "")
	f.StringVar(&o.day, "on", "", "")
	f.StringVar(&o.pause, "pause", "", "")
	f.StringVar(&o.earlier, "since-checkpoint", "", "")
	f.Int64Var(&o.since, "since", 0, "")
	f.BoolVar(&o.json, "json", false, "")
	for {
		if err := f.Parse(args); err != nil {
			return o, nil, err
		}
		if f.NArg() == 0 {
			return o, rest, nil
		}
		rest = append(rest, f.Arg(0))
		args = f.Args()[1:]
	}
}
