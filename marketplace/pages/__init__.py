"""The pages: what a person sees in the browser. Each view asks the market one thing and shows the answer."""
