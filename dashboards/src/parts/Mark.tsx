/** Roomtone's mark: the tone of a room, with one sound in it. */
export function Mark({ width = 28 }: { width?: number }) {
  return (
    <svg
      width={width}
      height={(width * 18) / 34}
      viewBox="0 0 34 18"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.9"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d="M1 9h7.5l3-4.6 3.6 10.4L18.6 1l4 14 2.6-6H33" />
    </svg>
  )
}
