package gateway

// guarded runs a part of the connection; a panic becomes an error.
func (c *Conn) guarded(part func()) (err error) {
	defer c.recoverDefect("connection", &err)
	part()
	return nil
}
