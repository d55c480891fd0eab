// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"errors"
	"log/slog"
	"time"

	"golang.org/x/crypto/ssh"
)

// Options are the settings of the door; the zero value of a field means its
// default, HostKeys and Spool are required.
type Options struct {
	HostKeys []ssh.Signer // Ed25519; ECDSA P-256 as well only for clients that know no other: ssh-audit fails a door for it
	Spool    string       // folder for uploads, and for receipts and outcomes when Shelves is nil; of this door alone
	Shelves  Shelves      // of receipts and outcomes; folders in Spool when nil
	Logger   *slog.Logger // none when nil

	Connections         int // at the same time, of all; 1024
	ConnectionsPerParty int // of one OIN; 16
	Greeting            int // connections that did not log in yet, of all; the oldest makes room; 128
	GreetingPerAddress  int // of one IPv4 address or IPv6 /64; 32
	HandlesPerParty     int // open files and folders of one OIN; 128

	RequestsPerSecond int   // of one OIN, with a burst of as many; 20,000
	BytesPerSecond    int64 // of one OIN, both directions; 64 MiB
	SpoolPerParty     int64 // bytes of one OIN in uploads not handed on; 3 GiB

	LoginTimeout   time.Duration // from connection to login; 20 s
	IdleTimeout    time.Duration // without a request; keep-alives do not count; 10 min
	StallTimeout   time.Duration // for one packet to leave; 60 s
	RequestTimeout time.Duration // of one call to a service; 30 s
	UploadTimeout  time.Duration // of handing on one upload; 10 min
	DrainTimeout   time.Duration // for open files when the server stops; 30 s
	Keep           time.Duration // of receipts and outcomes; 30 days
}

var errOptions = errors.New("sftpd: an Ed25519 or ECDSA P-256 host key and a spool folder are needed")

func (o Options) check() error {
	if len(o.HostKeys) == 0 || o.Spool == "" {
		return errOptions
	}
	for _, k := range o.HostKeys {
		if t := k.PublicKey().Type(); t != ssh.KeyAlgoED25519 && t != ssh.KeyAlgoECDSA256 {
			return errOptions
		}
	}
	return nil
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

func (o Options) filled() Options {
	o.Logger = or(o.Logger, slog.New(slog.DiscardHandler))
	o.Connections = or(o.Connections, 1024)
	o.ConnectionsPerParty = or(o.ConnectionsPerParty, 16)
	o.Greeting = or(o.Greeting, 128)
	o.GreetingPerAddress = or(o.GreetingPerAddress, 32)
	o.HandlesPerParty = or(o.HandlesPerParty, 128)
	o.RequestsPerSecond = or(o.RequestsPerSecond, 20_000)
	o.BytesPerSecond = or(o.BytesPerSecond, 64<<20)
	o.SpoolPerParty = or(o.SpoolPerParty, 3<<30)
	o.LoginTimeout = or(o.LoginTimeout, 20*time.Second)
	o.IdleTimeout = or(o.IdleTimeout, 10*time.Minute)
	o.StallTimeout = or(o.StallTimeout, time.Minute)
	o.RequestTimeout = or(o.RequestTimeout, 30*time.Second)
	o.UploadTimeout = or(o.UploadTimeout, 10*time.Minute)
	o.DrainTimeout = or(o.DrainTimeout, 30*time.Second)
	o.Keep = or(o.Keep, 30*24*time.Hour)
	return o
}
