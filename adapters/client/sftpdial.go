// SPDX-License-Identifier: EUPL-1.2

package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"
)

func (s *SFTP) dial(ctx context.Context) (*link, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return nil, s.failed(ctx, err)
	}
	l := &link{silence: time.AfterFunc(time.Hour, func() { _ = conn.Close() })}
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	l.expect(s.client.config.Timeout)
	defer l.rest()
	known := false
	c, channels, requests, err := ssh.NewClientConn(watched{conn, l}, s.address, s.sshConfig(&known))
	if err == nil {
		l.ssh = ssh.NewClient(c, channels, requests)
		l.door, err = sftp.NewClient(l.ssh, sftp.UseConcurrentWrites(true))
	}
	if err != nil {
		_ = conn.Close()
		return nil, s.refusedDoor(ctx, known, err)
	}
	return l, nil
}

// sshConfig is what the door speaks (adapters/sftpd), key exchange that
// outlives a quantum computer first. known tells whether the host key was ours
// to expect.
func (s *SFTP) sshConfig(known *bool) *ssh.ClientConfig {
	var kinds []string
	for _, k := range s.hosts {
		if !slices.Contains(kinds, k.Type()) {
			kinds = append(kinds, k.Type())
		}
	}
	return &ssh.ClientConfig{
		Config:            ssh.Config{KeyExchanges: []string{ssh.KeyExchangeMLKEM768X25519, ssh.KeyExchangeCurve25519}},
		User:              string(s.client.config.OIN),
		Auth:              []ssh.AuthMethod{ssh.PublicKeys(s.login)},
		HostKeyAlgorithms: kinds,
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			*known = slices.ContainsFunc(s.hosts, func(k ssh.PublicKey) bool { return string(k.Marshal()) == string(key.Marshal()) })
			if !*known {
				return errOtherHost
			}
			return nil
		},
	}
}

var errOtherHost = errors.New("the SFTP door has another host key than is known of it")

// refusedDoor tells a door that is not trusted, and one that does not know our
// key, from one that is not there.
func (s *SFTP) refusedDoor(ctx context.Context, known bool, err error) error {
	var algorithms *ssh.AlgorithmNegotiationError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errOtherHost), errors.As(err, &algorithms):
		return fmt.Errorf("sftp %s: %w: %w", s.address, ErrUntrusted, err)
	case known && strings.Contains(err.Error(), "unable to authenticate"):
		return fmt.Errorf("sftp %s: %w: the door does not know the key %s of this party", s.address, ErrUntrusted, FileLogin)
	}
	return s.failed(ctx, err)
}

func (s *SFTP) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("sftp %s: %w: %w", s.address, ErrUnreachable, err)
}
