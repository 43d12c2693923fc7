"""What admins read: payouts and quality. Reading only; every figure comes from aggregate SQL."""
