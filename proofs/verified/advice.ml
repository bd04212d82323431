(* Certificates of norms, and the radius. None of this is trusted: the proved checker verifies what is made
   here, and a bad guess makes the bound larger or the verdict a rejection. *)

module E = Extracted

let bits = 24 (* of the largest entry; products of entries then fit a machine word *)

let square_root_above z = (* the least integer whose square is at least z *)
  let root, rest = Z.sqrt_rem z in
  if Z.sign rest > 0 then Z.succ root else root

let squares matrix =
  List.fold_left (List.fold_left (fun s z -> Z.add s (Z.mul z z))) Z.zero matrix

(* The largest eigenvalue of a symmetric tridiagonal matrix, by bisection. *)
let tridiagonal alpha beta k =
  let top = ref 0. in
  for i = 0 to k - 1 do
    let b j = if j < 0 || j >= k - 1 then 0. else Float.abs beta.(j) in
    top := Float.max !top (alpha.(i) +. b (i - 1) +. b i)
  done;
  let all_below x =
    let d = ref (alpha.(0) -. x) and ok = ref (alpha.(0) < x) in
    for i = 1 to k - 1 do
      if !ok then begin
        d := alpha.(i) -. x -. (beta.(i - 1) *. beta.(i - 1) /. !d);
        ok := !d < 0.
      end
    done;
    !ok in
  let low = ref 0. and high = ref (!top *. (1. +. 1e-12)) in
  for _ = 1 to 100 do
    let middle = 0.5 *. (!low +. !high) in
    if all_below middle then high := middle else low := middle
  done;
  !high

(* The largest eigenvalue of a symmetric matrix, a little below it, by Lanczos steps. *)
let largest gram n =
  let steps = min n 120 in
  let alpha = Array.make steps 0. and beta = Array.make steps 0. in
  let v = ref (Array.init n (fun i -> sin (float_of_int (i + 1)) +. 1.5)) and before = ref (Array.make n 0.) in
  let norm x = sqrt (Array.fold_left (fun s a -> s +. (a *. a)) 0. x) in
  let first = norm !v in
  v := Array.map (fun a -> a /. first) !v;
  let rec go j previous =
    if j = steps then j
    else begin
      let x = !v in
      let w = Array.init n (fun i ->
          let row : float array = gram.(i) in
          let s = ref 0. in
          for k = 0 to n - 1 do s := !s +. (Array.unsafe_get row k *. Array.unsafe_get x k) done;
          !s -. (previous *. !before.(i))) in
      let a = ref 0. in
      for i = 0 to n - 1 do a := !a +. (w.(i) *. x.(i)) done;
      alpha.(j) <- !a;
      for i = 0 to n - 1 do w.(i) <- w.(i) -. (!a *. x.(i)) done;
      let b = norm w in
      beta.(j) <- b;
      if b <= 1e-13 *. Float.abs alpha.(0) then j + 1
      else begin
        before := x;
        v := Array.map (fun y -> y /. b) w;
        go (j + 1) b
      end
    end in
  let k = go 0 0. in
  tridiagonal alpha beta k

(* The lower Cholesky factor of c I - gram, if there is one. *)
let cholesky c gram n =
  let u = Array.init n (fun i -> Array.make (i + 1) 0.) in
  try
    for i = 0 to n - 1 do
      let ui : float array = u.(i) in
      for j = 0 to i do
        let uj : float array = u.(j) in
        let s = ref ((if i = j then c else 0.) -. gram.(i).(j)) in
        for k = 0 to j - 1 do s := !s -. (Array.unsafe_get ui k *. Array.unsafe_get uj k) done;
        if i = j then (if !s <= 0. then raise Exit else ui.(i) <- sqrt !s) else ui.(j) <- !s /. uj.(j)
      done
    done;
    Some u
  with Exit -> None

let product a b k =
  let s = ref 0. in
  for q = 0 to k - 1 do s := !s +. (Array.unsafe_get (a : float array) q *. Array.unsafe_get (b : float array) q) done;
  !s

(* The Gram certificate of a matrix of integers with at most [bits] bits, n <= m: (U, c, e, s). *)
let gram_certificate rows n m =
  let a = Array.of_list (List.map (fun row -> Array.of_list (List.map Z.to_float row)) rows) in
  let gram = Array.make_matrix n n 0. in
  for i = 0 to n - 1 do
    for j = 0 to i do
      let g = product a.(i) a.(j) m in
      gram.(i).(j) <- g;
      gram.(j).(i) <- g
    done
  done;
  let top = largest gram n in
  let rec attempt = function
    | [] -> None
    | margin :: margins ->
      let c = Float.ceil (top *. (1. +. margin)) in
      match cholesky c gram n with
      | None -> attempt margins
      | Some u ->
        let u = Array.map (Array.map Float.round) u in
        let sum = ref 0. in
        for i = 0 to n - 1 do
          for j = 0 to i do
            let d = (if i = j then c else 0.) -. gram.(i).(j) -. product u.(i) u.(j) (j + 1) in
            sum := !sum +. (if i = j then d *. d else 2. *. d *. d)
          done
        done;
        let e = Z.of_float (Float.ceil ((1.001 *. sqrt !sum) +. (float_of_int n *. 1e-15 *. c) +. 1.)) in
        let c = Z.of_float c in
        let u = Array.to_list (Array.map (fun row -> List.map Z.of_float (Array.to_list row)) u) in
        Some (u, c, e, square_root_above (Z.add c e)) in
  attempt [ 0x1p-13; 0x1p-11; 0x1p-9; 0x1p-6 ]

let certificate ?(cheap = false) columns matrix =
  let rows = List.length matrix in
  let size = List.fold_left (List.fold_left (fun s z -> max s (Z.numbits z))) 0 matrix in
  let lift = Z.of_int (max 0 (bits - size)) and d = max 0 (size - bits) in
  let matrix = E.zmap (fun z -> Z.shift_left z (Z.to_int lift)) matrix in
  let frobenius = square_root_above (squares matrix) in
  let simple = { E.lift; of_transpose = false; by_which = E.Frobenius frobenius } in
  if cheap || size = 0 || min rows columns = 1 then simple
  else begin
    let of_transpose = rows > columns in
    let n = min rows columns and m = max rows columns in
    let matrix = if of_transpose then E.transpose columns matrix else matrix in
    let upper = E.zmap (fun z -> Z.shift_right z d) matrix in
    let low = E.zmap (fun z -> Z.sub z (Z.shift_left (Z.shift_right z d) d)) matrix in
    let f = square_root_above (squares low) in
    match gram_certificate upper n m with
    | Some (u, c, e, s) when Z.lt (Z.add (Z.shift_left s d) f) frobenius ->
      { E.lift; of_transpose; by_which = E.Gram (Z.of_int d, n, u, c, e, s, f) }
    | _ -> simple
  end

(* The norms of the last target matrix and of the first ticket matrix do not occur in the bound. *)
let advise (ticket : E.ticket) matrices =
  let last = List.length matrices - 1 in
  let rec go i columns targets matrices = match targets, matrices with
    | (t : E.target_layer) :: targets, v :: matrices ->
      let r = Z.max t.t_scale t.t_grid in
      let for_target = certificate ~cheap:(i = last) columns t.t_matrix in
      let for_ticket = certificate ~cheap:(i = 0) columns v in
      let for_difference = certificate columns (E.difference r t.t_grid t.t_scale t.t_matrix v) in
      { E.for_target; for_ticket; for_difference } :: go (i + 1) (List.length v) targets matrices
    | _ -> [] in
  go 0 ticket.inputs_count ticket.the_target matrices

(* A dyadic number at least the radius, within 2^-100 of it. *)
let radius (domain : E.domain) =
  let square = E.square_radius domain in
  let den = Z.mul domain.denominator domain.denominator in
  let shift = max 0 (100 + Z.numbits den - Z.numbits square) in
  let shift = if Z.sign square = 0 then 0 else shift in
  let scaled = Z.cdiv (Z.shift_left square (2 * shift)) den in
  { E.mantissa = square_root_above scaled; exponent = Z.of_int (-shift) }
