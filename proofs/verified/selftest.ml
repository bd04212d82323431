(* Answers calls of what Extract.v writes by hand, one a line, so that tests can compare them with Coq. *)

let words (((a, b), c), d) = String.concat " " (List.map Z.to_string [ a; b; c; d ])

let answer name (args : Z.t list) =
  let int = Z.to_int in
  let show = Z.to_string and truth = string_of_bool in
  match name, args with
  | "philox", [ seed; t; g ] -> words (Primitives.philox seed t g)
  | "rounds", [ seed; t; g ] ->
    words (Extracted.rounds 10 seed t (((Extracted.word64 (Z.succ g), Z.zero), Z.zero), Z.zero))
  | "shiftl", [ z; n ] -> show (Primitives.shiftl z n)
  | "shiftr", [ z; n ] -> show (Primitives.shiftr z n)
  | "testbit", [ z; i ] -> truth (Primitives.testbit z i)
  | "land", [ a; b ] -> show (Z.logand a b)
  | "lxor", [ a; b ] -> show (Z.logxor a b)
  | "div2", [ z ] -> show (Primitives.div2 z)
  | "even", [ z ] -> truth (Z.is_even z)
  | "to_pos", [ z ] -> show (Primitives.to_pos z)
  | "of_succ_nat", [ n ] -> show (Primitives.of_succ_nat (int n))
  | "positive", [ p ] ->
    show (Primitives.positive (fun q -> Z.succ (Z.shift_left q 1)) (fun q -> Z.shift_left q 1) (fun () -> Z.one) p)
  | "ltb", [ a; b ] -> truth (Primitives.lt (int a) (int b))
  | "leb", [ a; b ] -> truth (Primitives.le (int a) (int b))
  | "eqb", [ a; b ] -> truth (Primitives.eq (int a) (int b))
  | "zleb", [ a; b ] -> truth (Z.leq a b)
  | "zltb", [ a; b ] -> truth (Z.lt a b)
  | "zeqb", [ a; b ] -> truth (Z.equal a b)
  | "add", [ a; b ] -> show (Z.add a b)
  | "sub", [ a; b ] -> show (Z.sub a b)
  | "mul", [ a; b ] -> show (Z.mul a b)
  | "opp", [ a ] -> show (Z.neg a)
  | "max", [ a; b ] -> show (Z.max a b)
  | "min", [ a; b ] -> show (Z.min a b)
  | "compare", [ a; b ] -> string_of_int (compare (int a) (int b))
  | _ -> failwith ("no such call: " ^ name)

let answer_calls () =
  try
    while true do
      match String.split_on_char ' ' (input_line stdin) with
      | name :: args -> print_endline (answer name (List.map Z.of_string args))
      | [] -> ()
    done
  with End_of_file -> ()
