//go:build amd64 && !noasm

package simd

//go:generate go run -C _gen ./peak -out ../peak_amd64.s.new -stubs ../peak_stub_amd64.go.new -pkg simd
//go:generate mv peak_amd64.s.new peak_amd64.s
//go:generate mv peak_stub_amd64.go.new peak_stub_amd64.go
