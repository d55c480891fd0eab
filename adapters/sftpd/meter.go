// SPDX-License-Identifier: EUPL-1.2

package sftpd

import (
	"encoding/binary"
	"errors"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// meter stands between the SSH channel and the SFTP server. It lets requests
// in at the party's rate and only while the party may be here, and knows which
// answers have left, which the SFTP server itself does not tell.
type meter struct {
	ssh.Channel
	session *session

	// of what comes in; used by one reader
	in    [32 << 10]byte
	rest  []byte // of in, not passed on yet
	head  [4]byte
	have  int    // bytes of head
	body  uint32 // bytes of the packet still to come
	first bool   // the next byte of body is the type
	kind  byte
	asked int64 // packets passed on whole
	hold  bool  // the last of them opens or closes something

	out []byte // a packet being gathered; used by one writer

	mu       sync.Mutex
	moved    sync.Cond
	promised int64 // data packets that will be sent
	sent     int64 // data packets that were handed to the connection
	replied  int64 // packets of any type that were handed to the connection
	over     bool
}

func newMeter(c ssh.Channel, s *session) *meter {
	m := &meter{Channel: c, session: s}
	m.moved.L = &m.mu
	return m
}

var errGone = errors.New("sftpd: the party may not be here any more")

// Read passes on bytes, and pays for them and for every packet that begins in
// them. After a packet that opens a file or folder it waits for the answer:
// the SFTP server sets up a handle without a lock, and a client that guesses
// the handle and uses it before it was given could bring the program down.
// After one that closes it waits as well: a close waits for what was read
// before it, and would wait for ever for what is read after it, which is
// answered after it.
func (m *meter) Read(p []byte) (int, error) {
	s := m.session
	if m.ended() {
		return 0, errGone
	}
	if len(m.rest) == 0 {
		n, err := m.Channel.Read(m.in[:])
		if n == 0 {
			return 0, err
		}
		if err := s.own.bytes.take(s.ctx, n); err != nil {
			return 0, err
		}
		m.rest = m.in[:n]
	}
	if m.hold && !m.answered() {
		return 0, errGone
	}
	m.hold = false
	n, begun := m.pass(p)
	if begun > 0 {
		s.touch()
		if err := s.own.requests.take(s.ctx, begun); err != nil {
			return 0, err
		}
		if !s.still() {
			s.end()
			return 0, errGone
		}
	}
	return n, nil
}

// Packets that open or close something.
const (
	typeOpen    = 3  // SSH_FXP_OPEN
	typeClose   = 4  // SSH_FXP_CLOSE
	typeOpendir = 11 // SSH_FXP_OPENDIR
)

// pass copies bytes up to the end of a packet that opens or closes something,
// following the packets (draft-ietf-secsh-filexfer-02, 3: length, type, content), and
// gives how many packets began.
func (m *meter) pass(p []byte) (n, begun int) {
	todo := m.rest[:min(len(p), len(m.rest))]
	for n < len(todo) && !m.hold {
		if m.body == 0 {
			if m.have == 0 {
				begun++
			}
			k := copy(m.head[m.have:], todo[n:])
			m.have, n = m.have+k, n+k
			if m.have == len(m.head) {
				m.body, m.have, m.first = binary.BigEndian.Uint32(m.head[:]), 0, true
			}
			continue
		}
		if m.first {
			m.kind, m.first = todo[n], false
		}
		k := min(uint64(m.body), uint64(len(todo)-n))
		m.body, n = m.body-uint32(k), n+int(k)
		if m.body == 0 {
			m.asked++
			m.hold = m.kind == typeOpen || m.kind == typeClose || m.kind == typeOpendir
		}
	}
	copy(p, todo[:n])
	m.rest = m.rest[n:]
	return n, begun
}

// answered waits until every packet that was passed on has its answer.
func (m *meter) answered() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.replied < m.asked && !m.over {
		m.moved.Wait()
	}
	return !m.over
}

// typeData is SSH_FXP_DATA.
const typeData = 103

// Write gathers a packet, which the SFTP server writes in two parts, and sends
// it whole.
//
// The SFTP server goes on after a failed write; nothing is gathered for nobody.
func (m *meter) Write(p []byte) (int, error) {
	if m.ended() {
		m.out = nil
		return 0, errGone
	}
	m.out = append(m.out, p...)
	for len(m.out) > 4 {
		size := 4 + int(binary.BigEndian.Uint32(m.out))
		if len(m.out) < size {
			break
		}
		if err := m.send(m.out[:size]); err != nil {
			return 0, err
		}
		m.out = m.out[:copy(m.out, m.out[size:])]
	}
	return len(p), nil
}

// send gives up the connection when the client does not take a packet in time:
// whoever reads a byte a minute keeps only itself waiting, and not for ever.
func (m *meter) send(packet []byte) error {
	s := m.session
	if err := s.own.bytes.take(s.ctx, len(packet)); err != nil {
		m.broken()
		return err
	}
	stalled := time.AfterFunc(s.options.StallTimeout, s.end)
	_, err := m.Channel.Write(packet)
	stalled.Stop()
	if err != nil {
		m.broken()
		return err
	}
	s.touch()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.replied++; packet[4] == typeData {
		m.sent++
	}
	m.moved.Broadcast()
	return nil
}

// promise announces a data packet, before the SFTP server makes it.
func (m *meter) promise() {
	m.mu.Lock()
	m.promised++
	m.mu.Unlock()
}

// left waits until all that was promised has left, and reports whether it did.
func (m *meter) left() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for want := m.promised; m.sent < want; m.moved.Wait() {
		if m.over {
			return false
		}
	}
	return true
}

func (m *meter) ended() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.over
}

func (m *meter) broken() {
	m.mu.Lock()
	m.over = true
	m.moved.Broadcast()
	m.mu.Unlock()
}
