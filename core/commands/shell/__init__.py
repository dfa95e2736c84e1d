"""What every command needs: words in, scopes and values, text out, help, completion, progress."""
