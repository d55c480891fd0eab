// SPDX-License-Identifier: EUPL-1.2

package backup

import (
	"bufio"
	"crypto/hpke"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/seinhuis/seinhuis/gateway"
)

// An archive is: the line of magic, a header, encrypted pieces, a zero, and the
// signed statement. Each part but the magic has its length in four bytes in
// front. Pieces are sealed one after another under one HPKE context, so that
// each has its place in its nonce; the last says so in its additional data.
const (
	magic     = "seinhuis-reservekopie/1\n"
	pieceSize = 256 << 10
	maxPiece  = pieceSize + 64
	maxHeader = 16 << 10
	maxSigned = 64 << 10
)

var (
	// ErrNoArchive says that a file is no archive of ours.
	ErrNoArchive = errors.New("this is no archive of a gateway")
	// ErrCutOff says that the end is missing.
	ErrCutOff = errors.New("the archive is cut off")
	// ErrDamaged says that a piece was changed, moved, left out, or came from
	// another archive.
	ErrDamaged = errors.New("the archive is damaged, or was changed")
	// ErrWrongKey says that the archive was made for another recovery key.
	ErrWrongKey = errors.New("the archive was made for another recovery key")
	// ErrSignature says that the gateway did not sign this archive as it is.
	ErrSignature = errors.New("the gateway did not sign this archive as it is")
)

// header is in clear. It is bound to every piece.
type header struct {
	ID    gateway.UUID `json:"id"`
	Owner gateway.OIN  `json:"seinhuis"`
	Made  time.Time    `json:"gemaaktOp"`
	Key   string       `json:"herstelsleutel"` // RecoveryKey.ID
	Suite string       `json:"versleuteling"`
	Enc   []byte       `json:"enc"` // encapsulated key
}

const suite = "HPKE-base MLKEM768-X25519 HKDF-SHA256 AES-256-GCM"

// sealer encrypts what is written to it.
type sealer struct {
	out    io.Writer // hashes what goes by
	sum    hash.Hash
	size   int64
	hpke   *hpke.Sender
	bound  [sha256.Size]byte
	buffer []byte
}

// newSealer writes magic and header.
func newSealer(w io.Writer, to RecoveryKey, h header) (*sealer, error) {
	enc, sender, err := hpke.NewSender(to.key, kdf(), aead(), []byte(magic))
	if err != nil {
		return nil, fmt.Errorf("recovery key: %w", err)
	}
	h.Key, h.Suite, h.Enc = to.id, suite, enc
	head, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	s := &sealer{sum: sha256.New(), hpke: sender, bound: sha256.Sum256(head), buffer: make([]byte, 0, pieceSize)}
	s.out = io.MultiWriter(w, s.sum)
	if err := s.write([]byte(magic)); err != nil {
		return nil, err
	}
	return s, s.part(head)
}

func (s *sealer) write(b []byte) error {
	n, err := s.out.Write(b)
	s.size += int64(n)
	return err
}

func (s *sealer) part(b []byte) error {
	if err := s.write(binary.BigEndian.AppendUint32(nil, uint32(len(b)))); err != nil {
		return err
	}
	return s.write(b)
}

// Write implements io.Writer.
func (s *sealer) Write(b []byte) (n int, err error) {
	for n < len(b) {
		if len(s.buffer) == pieceSize {
			if err := s.flush(false); err != nil {
				return n, err
			}
		}
		take := min(pieceSize-len(s.buffer), len(b)-n)
		s.buffer = append(s.buffer, b[n:n+take]...)
		n += take
	}
	return n, nil
}

func (s *sealer) flush(last bool) error {
	sealed, err := s.hpke.Seal(additional(s.bound, last), s.buffer)
	if err != nil {
		return err
	}
	s.buffer = s.buffer[:0]
	return s.part(sealed)
}

// close ends the pieces. What was written is now of this size and digest.
func (s *sealer) close() (size int64, sum gateway.Digest, err error) {
	if err := s.flush(true); err != nil {
		return 0, sum, err
	}
	if err := s.part(nil); err != nil {
		return 0, sum, err
	}
	s.sum.Sum(sum[:0])
	return s.size, sum, nil
}

func additional(bound [sha256.Size]byte, last bool) []byte {
	if last {
		return append(bound[:], 1)
	}
	return append(bound[:], 0)
}

// frames reads the parts of an archive and hashes them up to the statement.
type frames struct {
	in     *bufio.Reader
	sum    hash.Hash
	size   int64
	head   []byte
	header header
	buffer []byte
}

func newFrames(r io.Reader) (*frames, error) {
	f := &frames{in: bufio.NewReaderSize(r, 64<<10), sum: sha256.New()}
	line := make([]byte, len(magic))
	if _, err := io.ReadFull(f.in, line); err != nil && cutOff(err) != ErrCutOff {
		return nil, err
	}
	if string(line) != magic {
		return nil, ErrNoArchive
	}
	f.count(line)
	head, err := f.part(maxHeader)
	if err != nil {
		return nil, err
	}
	f.head = append([]byte(nil), head...)
	if err := json.Unmarshal(f.head, &f.header, json.RejectUnknownMembers(true)); err != nil {
		return nil, ErrDamaged
	}
	if f.header.Suite != suite {
		return nil, fmt.Errorf("%w: it is encrypted in another way", ErrNewer)
	}
	return f, nil
}

func (f *frames) count(b []byte) {
	_, _ = f.sum.Write(b) // a hash never fails
	f.size += int64(len(b))
}

// part reads one part, valid until the next. An empty one ends the pieces.
func (f *frames) part(limit int) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(f.in, size[:]); err != nil {
		return nil, cutOff(err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > uint32(limit) {
		return nil, ErrDamaged
	}
	if cap(f.buffer) < int(n) {
		f.buffer = make([]byte, n)
	}
	b := f.buffer[:n]
	if _, err := io.ReadFull(f.in, b); err != nil {
		return nil, cutOff(err)
	}
	f.count(size[:])
	f.count(b)
	return b, nil
}

// signed reads the statement after the last piece, and sees that it is the end.
func (f *frames) signed() (size int64, sum gateway.Digest, jws string, err error) {
	size = f.size
	f.sum.Sum(sum[:0])
	b, err := f.part(maxSigned)
	if err != nil {
		return 0, sum, "", err
	}
	jws = string(b)
	switch _, err := f.in.ReadByte(); err {
	case io.EOF:
		return size, sum, jws, nil
	case nil:
		return 0, sum, "", fmt.Errorf("%w: there is more after its end", ErrDamaged)
	default:
		return 0, sum, "", err
	}
}

// unsealer decrypts the pieces as they are read.
type unsealer struct {
	frames *frames
	hpke   *hpke.Recipient
	bound  [sha256.Size]byte
	plain  []byte // of the piece before, not yet read
	ended  bool
}

func newUnsealer(f *frames, key RecoverySecret) (*unsealer, error) {
	if f.header.Key != key.id {
		return nil, ErrWrongKey
	}
	recipient, err := hpke.NewRecipient(f.header.Enc, key.key, kdf(), aead(), []byte(magic))
	if err != nil {
		return nil, ErrDamaged
	}
	return &unsealer{frames: f, hpke: recipient, bound: sha256.Sum256(f.head)}, nil
}

// Read implements io.Reader. It gives nothing of a piece that is not whole, and
// io.EOF only after the piece that says that it is the last.
func (u *unsealer) Read(b []byte) (int, error) {
	for len(u.plain) == 0 {
		if u.ended {
			return 0, io.EOF
		}
		if err := u.next(); err != nil {
			return 0, err
		}
	}
	n := copy(b, u.plain)
	u.plain = u.plain[n:]
	return n, nil
}

func (u *unsealer) next() error {
	piece, err := u.frames.part(maxPiece)
	if err != nil {
		return err
	}
	if len(piece) == 0 { // the pieces end and none of them was the last
		return ErrCutOff
	}
	if u.plain, err = u.hpke.Open(additional(u.bound, false), piece); err == nil {
		return nil
	}
	if u.plain, err = u.hpke.Open(additional(u.bound, true), piece); err != nil {
		return ErrDamaged
	}
	u.ended = true
	end, err := u.frames.part(0)
	if err == nil && len(end) != 0 {
		err = ErrDamaged
	}
	return err
}
