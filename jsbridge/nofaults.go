//go:build js && wasm && !parleyfaults

package jsbridge

func fault(string) {}
