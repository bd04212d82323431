(** * Verify: a checker of tickets, and the theorem about it.

    [verify] replays a ticket, bounds its error by norms, and compares with its epsilon. [verify_sound]: if
    it accepts, then for every x of the domain the pruned random network, whose signs Philox.v defines, times
    2^-P is within epsilon of the target. [advise] makes the norms' certificates from the matrices; whatever
    function it is, the theorem holds. *)
Require Import ZArith NArith List Bool Reals Lra Lia Arith.
From Pmone Require Import Sums Probability Network Norms.
From Pmone Require Import Philox Combinations PrunedLayer Replay Dyadic SpectralNorm ErrorBound.
Import ListNotations.
Local Open Scope R_scope.

(** ** tickets *)
(** the target's layer is 2^-(grid) times t_matrix; the ticket's is 2^-(scale) times what replay returns *)
Record target_layer := TargetLayer { t_matrix : matrix; t_grid : Z; t_scale : Z }.
Inductive region := Ball (radius : Z) (nonnegative : bool) | Box (low high : list Z).
(** all numbers of the region are divided by denominator *)
Record domain := Domain { region_of : region; denominator : Z; homogenized : bool }.
Record ticket := Ticket {
  seed : N; inputs_count : nat; the_layers : list layer; the_target : list target_layer; the_domain : domain;
  epsilon_numerator : Z; epsilon_denominator : Z }.

(** what the ticket is about *)
Definition no_target := TargetLayer [] 0 0.
Definition target_dims (T : ticket) (i : nat) : nat :=
  match i with O => inputs_count T | S i' => length (t_matrix (nth i' (the_target T) no_target)) end.
Definition target (T : ticket) : nat -> mat := fun i r c =>
  let t := nth i (the_target T) no_target in two (- t_grid t) * entries (t_matrix t) r c.
Definition scales (ts : list target_layer) : Z := fold_right (fun t z => (t_scale t + z)%Z) 0%Z ts.
Definition widths (T : ticket) : nat -> nat := wd (inputs_count T) (the_layers T).
Definition random (T : ticket) : coord -> bool := fun c => let '(t, r, c) := c in
  sign (seed T) (N.of_nat (S t)) (width (nth t (the_layers T) no_layer)) c r.
Definition kept_edges (T : ticket) : coord -> bool := mask (the_layers T).
Definition ticket_net (T : ticket) (x : vec) : vec := fun o =>
  two (- scales (the_target T)) *
  net (widths T) (pruned (random T) (kept_edges T)) (length (the_layers T)) x o.
Definition target_net (T : ticket) (x : vec) : vec :=
  net (target_dims T) (target T) (length (the_target T)) x.
Definition features (D : domain) (d0 : nat) : nat := if homogenized D then d0 - 1 else d0.
Definition in_domain (D : domain) (d0 : nat) (x : vec) : Prop :=
  let n := features D d0 in
  match region_of D with
  | Ball radius nonnegative => euclid n x <= IZR radius / IZR (denominator D) /\
      (nonnegative = true -> forall j, (j < n)%nat -> 0 <= x j)
  | Box low high => forall j, (j < n)%nat ->
      IZR (nth j low 0%Z) / IZR (denominator D) <= x j <= IZR (nth j high 0%Z) / IZR (denominator D)
  end /\ (homogenized D = true -> x n = 1).

(** ** the domain *)
Definition known_nonnegative (D : domain) : bool :=
  match region_of D with Ball _ nonnegative => nonnegative | Box low _ => forallb (Z.leb 0) low end.
Fixpoint largest_squares (low high : list Z) : Z :=
  match low, high with a :: low', b :: high' => (Z.max (a * a) (b * b) + largest_squares low' high')%Z | _, _ => 0%Z end.
(** the largest square of an input's norm, times the square of the denominator *)
Definition square_radius (D : domain) : Z :=
  ((match region_of D with Ball radius _ => radius * radius | Box low high => largest_squares low high end) +
   (if homogenized D then denominator D * denominator D else 0))%Z.
Definition domain_ok (D : domain) (d0 : nat) : bool :=
  Z.ltb 0 (denominator D) && (negb (homogenized D) || Nat.leb 1 d0) &&
  match region_of D with
  | Ball radius _ => Z.leb 0 radius
  | Box low high => Nat.eqb (length low) (features D d0) && Nat.eqb (length high) (features D d0)
  end.
(** whether [r] is at least the radius *)
Definition radius_ok (D : domain) (r : dyadic) : bool :=
  let m := (denominator D * mantissa r)%Z in
  Z.leb 0 (mantissa r) &&
  (if Z.leb 0 (exponent r) then Z.leb (square_radius D) (Z.shiftl (m * m) (2 * exponent r))
   else Z.leb (Z.shiftl (square_radius D) (- (2 * exponent r))) (m * m)).

Lemma largest_squares_ok den x : 0 < den -> forall low high n, length low = n -> length high = n ->
  (forall j, (j < n)%nat -> IZR (nth j low 0%Z) / den <= x j <= IZR (nth j high 0%Z) / den) ->
  dot n x x * (den * den) <= IZR (largest_squares low high).
Proof.
  intros Hd low. revert x. induction low as [|a low IH]; intros x [|b high] n L1 L2 H; cbn in L1, L2; try lia.
  - subst n. unfold dot. cbn. lra.
  - destruct n as [|n]; [lia|]. cbn [largest_squares]. rewrite plus_IZR. unfold dot. cbn [seq rsum].
    rewrite seq_shift_S, rsum_map.
    specialize (IH (fun j => x (S j)) high n ltac:(lia) ltac:(lia) (fun j Hj => H (S j) ltac:(lia))).
    unfold dot in IH. pose proof (H 0%nat ltac:(lia)) as [H1 H2]. cbn [nth] in H1, H2.
    assert (A : IZR a <= x 0%nat * den).
    { apply (Rmult_le_compat_r den) in H1; [|lra]. unfold Rdiv in H1. rewrite Rmult_assoc, Rinv_l in H1 by lra. lra. }
    assert (B : x 0%nat * den <= IZR b).
    { apply (Rmult_le_compat_r den) in H2; [|lra]. unfold Rdiv in H2. rewrite Rmult_assoc, Rinv_l in H2 by lra. lra. }
    assert (M : (x 0%nat * den) * (x 0%nat * den) <= IZR (Z.max (a * a) (b * b))).
    { set (y := x 0%nat * den) in *. destruct (Rle_dec 0 y).
      - apply Rle_trans with (IZR (b * b)); [rewrite mult_IZR; nra|apply IZR_le; lia].
      - apply Rle_trans with (IZR (a * a)); [rewrite mult_IZR; nra|apply IZR_le; lia]. }
    lra.
Qed.
Lemma domain_square D d0 x : domain_ok D d0 = true -> in_domain D d0 x ->
  dot d0 x x * (IZR (denominator D) * IZR (denominator D)) <= IZR (square_radius D).
Proof.
  unfold domain_ok, in_domain, square_radius. cbv zeta. rewrite !andb_true_iff. intros [[H1 H2] H3] [HR HO].
  apply Z.ltb_lt, IZR_lt in H1. set (den := IZR (denominator D)) in *. set (n := features D d0) in *.
  assert (F : dot n x x * (den * den) <=
    IZR (match region_of D with Ball radius _ => radius * radius | Box low high => largest_squares low high end)).
  { destruct (region_of D) as [radius nn|low high].
    - destruct HR as [HR _]. apply Z.leb_le, IZR_le in H3. rewrite mult_IZR.
      pose proof (euclid_nonneg n x) as E0. rewrite <- euclid_sqr.
      assert (E : euclid n x * den <= IZR radius).
      { apply (Rmult_le_compat_r den) in HR; [|lra]. unfold Rdiv in HR. rewrite Rmult_assoc, Rinv_l in HR by lra. lra. }
      assert (0 <= euclid n x * den) by (apply Rmult_le_pos; lra). nra.
    - apply andb_true_iff in H3 as [L1 L2]. apply Nat.eqb_eq in L1, L2. apply largest_squares_ok; auto. }
  rewrite plus_IZR. unfold n, features in *. destruct (homogenized D) eqn:E.
  - cbn [negb orb] in H2. apply Nat.leb_le in H2. rewrite mult_IZR. fold den.
    assert (D1 : dot d0 x x = dot (d0 - 1) x x + x (d0 - 1)%nat * x (d0 - 1)%nat).
    { destruct d0 as [|k]; [lia|]. rewrite Nat.sub_succ, Nat.sub_0_r. unfold dot.
      rewrite seq_S, rsum_app. cbn [Nat.add rsum]. lra. }
    rewrite D1, HO by auto. lra.
  - lra.
Qed.
Lemma radius_ok_sound D d0 x r : domain_ok D d0 = true -> radius_ok D r = true -> in_domain D d0 x ->
  0 <= value r /\ euclid d0 x <= value r.
Proof.
  intros HD HR HI. pose proof (domain_square D d0 x HD HI) as S. unfold radius_ok in HR. cbv zeta in HR.
  apply andb_true_iff in HR as [H0 HR]. apply Z.leb_le, IZR_le in H0.
  assert (Dpos : 0 < IZR (denominator D)).
  { unfold domain_ok in HD. rewrite !andb_true_iff in HD. apply IZR_lt, Z.ltb_lt. tauto. }
  set (den := IZR (denominator D)) in *. pose proof (two_pos (exponent r)) as P.
  assert (V0 : 0 <= value r) by (unfold value; apply Rmult_le_pos; lra). split; auto. apply euclid_le; auto.
  assert (T : two (2 * exponent r) = two (exponent r) * two (exponent r)).
  { rewrite <- two_add. f_equal. lia. }
  assert (G : IZR (square_radius D) <= den * den * (value r * value r)).
  { unfold value. destruct (Z.leb_spec 0 (exponent r)) as [E|E]; apply Z.leb_le, IZR_le in HR.
    - rewrite two_shift in HR by lia. rewrite !mult_IZR, T in HR. fold den in HR. lra.
    - rewrite two_shift in HR by lia. rewrite !mult_IZR in HR. fold den in HR.
      apply (Rmult_le_compat_r (two (2 * exponent r))) in HR; [|left; apply two_pos].
      rewrite Rmult_assoc, two_neg, T in HR. lra. }
  apply Rmult_le_reg_r with (den * den); [nra|]. lra.
Qed.
Lemma nonnegative_ok D d0 x : domain_ok D d0 = true -> in_domain D d0 x -> known_nonnegative D = true ->
  forall j, (j < d0)%nat -> 0 <= x j.
Proof.
  unfold domain_ok, in_domain, known_nonnegative. cbv zeta. rewrite !andb_true_iff. intros [[H1 H2] H3] [HR HO] HN j Hj.
  assert (F : (j < features D d0)%nat -> 0 <= x j).
  { intros Hf. apply Z.ltb_lt, IZR_lt in H1. destruct (region_of D) as [radius nn|low high]; [apply HR; auto|].
    apply andb_true_iff in H3 as [L1 L2]. apply Nat.eqb_eq in L1. rewrite forallb_forall in HN.
    eapply Rle_trans; [|apply (HR j Hf)]. apply Rmult_le_pos; [|left; apply Rinv_0_lt_compat; auto].
    apply IZR_le, Z.leb_le, HN, nth_In. lia. }
  unfold features in *. destruct (homogenized D); [|auto].
  destruct (Nat.eq_dec j (d0 - 1)) as [->|N]; [rewrite HO by auto; lra|apply F; lia].
Qed.

(** ** the bound *)
Record advice := Advice { for_target : certificate; for_ticket : certificate; for_difference : certificate }.
Definition wide (m : nat) (A : matrix) : bool := forallb (fun a => Nat.eqb (length a) m) A.
Fixpoint map2 {A B C} (f : A -> B -> C) (a : list A) (b : list B) : list C :=
  match a, b with x :: a', y :: b' => f x y :: map2 f a' b' | _, _ => [] end.
(** 2^(r - q) W - 2^(r - p) V *)
Definition difference (r q p : Z) (W V : matrix) : matrix :=
  map2 (map2 (fun w v => Z.sub (Z.shiftl w (r - q)) (Z.shiftl v (r - p)))) W V.
Definition times_two (d : dyadic) (e : Z) : dyadic := Dyadic (mantissa d) (exponent d + e).
Definition layer_norms (d : nat) (t : target_layer) (V : matrix) (a : advice) : option (dyadic * dyadic * dyadic) :=
  let W := t_matrix t in
  let q := t_grid t in
  let p := t_scale t in
  let r := Z.max p q in
  if Nat.eqb (length W) (length V) && wide d W && wide d V then
    match norm_bound d W (for_target a), norm_bound d V (for_ticket a), norm_bound d (difference r q p W V) (for_difference a) with
    | Some w, Some v, Some e => Some (times_two w (- q), times_two v (- p), times_two e (- r))
    | _, _, _ => None
    end
  else None.
Fixpoint bound_from (d : nat) (size error : dyadic) (ts : list target_layer) (Vs : list matrix) (advices : list advice) : option dyadic :=
  match ts, Vs, advices with
  | [], [], _ => Some error
  | t :: ts', V :: Vs', a :: advices' =>
    match layer_norms d t V a with
    | Some (w, v, e) => bound_from (length V) (dmul w size) (dadd (dmul v error) (dmul e size)) ts' Vs' advices'
    | None => None
    end
  | _, _, _ => None
  end.

Lemma times_two_ok d e : value (times_two d e) = two e * value d.
Proof. unfold value, times_two. cbn [mantissa exponent]. rewrite two_add. ring. Qed.
Lemma map2_ok {A B C} (f : A -> B -> C) x y z a : forall b, length a = length b ->
  length (map2 f a b) = length a /\ forall j, (j < length a)%nat -> nth j (map2 f a b) z = f (nth j a x) (nth j b y).
Proof.
  induction a as [|u a IH]; intros [|v b] H; try discriminate; cbn [map2 length nth]; split; auto; try (intros; lia).
  - f_equal. apply IH. auto.
  - intros [|j] Hj; auto. apply IH; [auto|lia].
Qed.
Lemma wide_nth m A i : wide m A = true -> (i < length A)%nat -> length (nth i A []) = m.
Proof. unfold wide. rewrite forallb_forall. intros H Hi. apply Nat.eqb_eq, H, nth_In. auto. Qed.
Lemma difference_ok r q p m W V : (q <= r)%Z -> (p <= r)%Z -> length W = length V -> wide m W = true -> wide m V = true ->
  length (difference r q p W V) = length V /\ forall i j, (i < length V)%nat -> (j < m)%nat ->
  two (- r) * entries (difference r q p W V) i j = two (- q) * entries W i j - two (- p) * entries V i j.
Proof.
  intros Hq Hp HL HW HV. unfold difference.
  destruct (map2_ok (map2 (fun w v => (Z.shiftl w (r - q) - Z.shiftl v (r - p))%Z)) [] [] [] W V HL) as [L N].
  split; [lia|]. intros i j Hi Hj. unfold entries. rewrite N by lia.
  assert (LW : length (nth i W []) = m) by (apply wide_nth; auto; lia).
  assert (LV : length (nth i V []) = m) by (apply wide_nth; auto).
  destruct (map2_ok (fun w v => (Z.shiftl w (r - q) - Z.shiftl v (r - p))%Z) 0%Z 0%Z 0%Z (nth i W []) (nth i V []) ltac:(lia)) as [_ M].
  rewrite M by lia. rewrite minus_IZR, !two_shift by lia.
  set (a := IZR (nth j (nth i W []) 0%Z)). set (b := IZR (nth j (nth i V []) 0%Z)).
  transitivity (two (- r) * two (r - q) * a - two (- r) * two (r - p) * b); [ring|].
  rewrite <- !two_add. replace (- r + (r - q))%Z with (- q)%Z by lia.
  replace (- r + (r - p))%Z with (- p)%Z by lia. reflexivity.
Qed.
Lemma layer_norms_ok d t V a w v e : layer_norms d t V a = Some (w, v, e) ->
  length (t_matrix t) = length V /\
  (0 <= value w /\ norm_le (length V) d (fun r c => two (- t_grid t) * entries (t_matrix t) r c) (value w)) /\
  (0 <= value v /\ norm_le (length V) d (fun r c => two (- t_scale t) * entries V r c) (value v)) /\
  (0 <= value e /\ norm_le (length V) d (fun r c => two (- t_grid t) * entries (t_matrix t) r c - two (- t_scale t) * entries V r c) (value e)).
Proof.
  unfold layer_norms. cbv zeta. destruct (_ && _) eqn:H; [|discriminate].
  rewrite !andb_true_iff in H. destruct H as [[H1 H2] H3]. apply Nat.eqb_eq in H1.
  destruct (norm_bound d (t_matrix t) _) as [bw|] eqn:EW; [|discriminate].
  destruct (norm_bound d V _) as [bv|] eqn:EV; [|discriminate].
  destruct (norm_bound d (difference _ _ _ _ _) _) as [be|] eqn:EE; [|discriminate].
  intros X. injection X as <- <- <-. apply norm_bound_sound in EW as [W0 NW], EV as [V0 NV], EE as [E0 NE].
  set (r := Z.max (t_scale t) (t_grid t)) in *.
  destruct (difference_ok r (t_grid t) (t_scale t) d (t_matrix t) V ltac:(lia) ltac:(lia) H1 H2 H3) as [DL DE].
  rewrite DL in NE. rewrite H1 in NW. rewrite !times_two_ok.
  assert (T : forall z, 0 <= two z) by (intros; left; apply two_pos).
  split; auto. split; [|split]; (split; [apply Rmult_le_pos; auto|]).
  - apply norm_le_scale; auto.
  - apply norm_le_scale; auto.
  - eapply norm_le_ext; [|apply (norm_le_scale _ _ _ _ _ (T (- r)%Z) NE)]. intros i j Hi Hj. apply DE; auto.
Qed.
(** the norms of all layers, and the bound by Horner's scheme *)
Lemma bound_from_ok ts : forall d s er Vs advices b, bound_from d s er ts Vs advices = Some b ->
  length Vs = length ts /\ exists w v e : nat -> R,
  (forall i, (i < length ts)%nat ->
    let t := nth i ts no_target in let V := nth i Vs [] in let m := dims d Vs i in
    length (t_matrix t) = length V /\
    (0 <= w i /\ norm_le (length V) m (fun r c => two (- t_grid t) * entries (t_matrix t) r c) (w i)) /\
    (0 <= v i /\ norm_le (length V) m (fun r c => two (- t_scale t) * entries V r c) (v i)) /\
    (0 <= e i /\ norm_le (length V) m (fun r c => two (- t_grid t) * entries (t_matrix t) r c - two (- t_scale t) * entries V r c) (e i))) /\
  forall (w' v' e' : nat -> R) radius k, size w' radius k = value s -> error w' v' e' radius k = value er ->
    (forall i, (i < length ts)%nat -> w' (k + i)%nat = w i /\ v' (k + i)%nat = v i /\ e' (k + i)%nat = e i) ->
    error w' v' e' radius (k + length ts) = value b.
Proof.
  induction ts as [|t ts IH]; intros d s er [|V Vs] advices b H; cbn [bound_from] in H; try discriminate.
  - injection H as <-. split; auto. exists (fun _ => 0), (fun _ => 0), (fun _ => 0). split; [intros i Hi; cbn in Hi; lia|].
    intros. rewrite Nat.add_0_r. auto.
  - destruct advices as [|a advices]; [discriminate|].
    destruct (layer_norms d t V a) as [[[w0 v0] e0]|] eqn:N; [|discriminate].
    destruct (IH _ _ _ _ _ _ H) as (L & w & v & e & Q & B). split; [cbn; auto|].
    exists (fun i => match i with O => value w0 | S i' => w i' end),
      (fun i => match i with O => value v0 | S i' => v i' end), (fun i => match i with O => value e0 | S i' => e i' end).
    split.
    + intros [|i] Hi; cbn [nth dims].
      * exact (layer_norms_ok _ _ _ _ _ _ _ N).
      * cbn [length] in Hi. specialize (Q i ltac:(lia)). destruct i; exact Q.
    + intros w' v' e' radius k HS HE HI. cbn [length].
      replace (k + S (length ts))%nat with (S k + length ts)%nat by lia. apply B.
      * cbn [size]. rewrite HS, dmul_ok. 
        specialize (HI 0%nat ltac:(cbn; lia)). rewrite Nat.add_0_r in HI. destruct HI as [-> _]. auto.
      * cbn [error]. specialize (HI 0%nat ltac:(cbn; lia)). rewrite Nat.add_0_r in HI. destruct HI as (_ & -> & ->).
        rewrite HS, HE, dadd_ok, !dmul_ok. auto.
      * intros i Hi. specialize (HI (S i) ltac:(cbn; lia)). cbn beta iota in HI.
        replace (S k + i)%nat with (k + S i)%nat by lia. exact HI.
Qed.

(** ** powers of two move through the network *)
Fixpoint scale_sum (p : nat -> Z) (i : nat) : Z := match i with O => 0%Z | S i' => (p i' + scale_sum p i')%Z end.
Lemma hid_scales dims (V : nat -> mat) (p : nat -> Z) x i : forall o,
  hid dims (fun k r c => two (- p k) * V k r c) x i o = two (- scale_sum p i) * hid dims V x i o.
Proof.
  induction i as [|i IH]; intros o; cbn [hid scale_sum].
  - replace (- 0)%Z with 0%Z by lia. rewrite two_0. lra.
  - unfold vrelu. rewrite <- relu_scale by (left; apply two_pos). f_equal.
    unfold mv. rewrite <- rsum_scal. apply rsum_ext. intros j _. rewrite IH.
    replace (- (p i + scale_sum p i))%Z with (- p i + - scale_sum p i)%Z by lia. rewrite two_add. ring.
Qed.
Lemma net_scales dims (V : nat -> mat) (p : nat -> Z) l x o : (1 <= l)%nat ->
  net dims (fun k r c => two (- p k) * V k r c) l x o = two (- scale_sum p l) * net dims V l x o.
Proof.
  intros Hl. destruct l as [|l]; [lia|]. unfold net. rewrite Nat.sub_succ, Nat.sub_0_r. cbn [scale_sum]. unfold mv.
  rewrite <- rsum_scal. apply rsum_ext. intros j _. rewrite hid_scales.
  replace (- (p l + scale_sum p l))%Z with (- p l + - scale_sum p l)%Z by lia. rewrite two_add. ring.
Qed.
Lemma scales_sum ts : scales ts = scale_sum (fun i => t_scale (nth i ts no_target)) (length ts).
Proof.
  assert (S1 : forall p n, scale_sum p (S n) = (p 0%nat + scale_sum (fun i => p (S i)) n)%Z).
  { intros p. induction n as [|n IH]; [reflexivity|]. cbn [scale_sum] in *. rewrite IH. lia. }
  induction ts as [|t ts IH]; [reflexivity|]. cbn [scales fold_right length]. fold (scales ts).
  rewrite S1, IH. reflexivity.
Qed.

(** ** the checker *)
(** 2^s z to the nearest integer, half to even *)
Definition rounded (s z : Z) : Z :=
  if Z.leb 0 s then Z.shiftl z s else
  let f := Z.shiftr z (- s) in
  let twice := (2 * (z - Z.shiftl f (- s)))%Z in
  match Z.compare twice (Z.shiftl 1 (- s)) with
  | Lt => f
  | Gt => f + 1
  | Eq => if Z.even f then f else f + 1
  end%Z.
Definition fills (ts : list target_layer) (i o : nat) : list Z :=
  let t := nth i ts no_target in map (rounded (t_scale t - t_grid t)) (nth o (t_matrix t) []).
Definition layer_signs (T : ticket) (t c : nat) (rs : list nat) : list bool :=
  signs (seed T) (N.of_nat (S t)) (width (nth t (the_layers T) no_layer)) c rs.
Definition replayed (T : ticket) : nat * outcome (list matrix) :=
  replay (layer_signs T) (inputs_count T) (known_nonnegative (the_domain T)) (the_layers T) (fills (the_target T)).
Definition error_bound (T : ticket) (Vs : list matrix) (radius : dyadic) (advices : list advice) : option dyadic :=
  if domain_ok (the_domain T) (inputs_count T) && radius_ok (the_domain T) radius
  then bound_from (inputs_count T) radius (Dyadic 0 0) (the_target T) Vs advices else None.
Inductive verdict :=
| Not_extracted (layer : nat) (why : fault) (neuron : nat)
| Not_bounded
| Bounded (bound : dyadic) (accepted : bool) (matrices : list matrix).
Definition verify (T : ticket) (radius : dyadic) (advise : list matrix -> list advice) : verdict :=
  match replayed T with
  | (t, Bad why r) => Not_extracted t why r
  | (_, Fine reversed) =>
    let Vs := rev reversed in
    match error_bound T Vs radius (advise Vs) with
    | None => Not_bounded
    | Some b => Bounded b (Z.ltb 0 (epsilon_denominator T) && at_most b (epsilon_numerator T) (epsilon_denominator T)) Vs
    end
  end.

(** a bound is a bound, whether it is at most epsilon or not *)
Theorem bound_sound T radius advise b ok Vs : verify T radius advise = Bounded b ok Vs ->
  target_dims T (length (the_target T)) = widths T (length (the_layers T)) /\
  forall x, in_domain (the_domain T) (inputs_count T) x ->
  euclid (target_dims T (length (the_target T))) (vsub (target_net T x) (ticket_net T x)) <= value b.
Proof.
  unfold verify. destruct (replayed T) as [t [reversed|why r]] eqn:HR; [|discriminate].
  set (V := rev reversed). destruct (error_bound T V radius (advise V)) as [b'|] eqn:HB; [|discriminate].
  intros X. injection X as -> _ _. unfold error_bound in HB. destruct (_ && _) eqn:HD; [|discriminate].
  apply andb_true_iff in HD as [HD HRad]. destruct (bound_from_ok _ _ _ _ _ _ _ HB) as (L & w & v & e & Q & B).
  set (l := length (the_target T)) in *. set (d0 := inputs_count T) in *.
  assert (S := fun t c rs => signs_ok (seed T) (N.of_nat (S t)) (width (nth t (the_layers T) no_layer)) c rs).
  set (sg := fun t c r => sign (seed T) (N.of_nat (Datatypes.S t)) (width (nth t (the_layers T) no_layer)) c r).
  assert (DT : forall i, (i <= l)%nat -> target_dims T i = dims d0 V i).
  { intros [|i] Hi; [reflexivity|]. cbn [target_dims dims]. apply (Q i). lia. }
  assert (RS := fun x => replay_sound sg (layer_signs T) d0 (known_nonnegative (the_domain T)) (the_layers T)
     (fills (the_target T)) t reversed x S HR). cbv zeta in RS. fold V in RS. rewrite L in RS.
  assert (W : wd d0 (the_layers T) (length (the_layers T)) = dims d0 V l /\ (1 <= l)%nat).
  { assert (X0 : exists x0 : vec, forall j, 0 <= x0 j) by (exists (fun _ => 0); intros; lra).
    destruct X0 as [x0 H0]. destruct (RS x0 (fun _ j _ => H0 j)) as (R1 & R2 & _). auto. }
  destruct W as [W Hl]. split; [rewrite DT by auto; symmetry; exact W|].
  intros x Hx. destruct (RS x (nonnegative_ok _ _ x HD Hx)) as (_ & _ & RE).
  destruct (radius_ok_sound _ _ x radius HD HRad Hx) as [R0 Rx].
  rewrite (DT l) by lia.
  rewrite (euclid_ext _ _ (vsub (net (dims d0 V) (target T) l x)
    (net (dims d0 V) (fun i r c => two (- t_scale (nth i (the_target T) no_target)) * layers_of V i r c) l x))).
  2:{ intros o Ho. unfold vsub, target_net, ticket_net. fold l. f_equal.
      - destruct l as [|k]; [lia|]. unfold net. rewrite Nat.sub_succ, Nat.sub_0_r. rewrite (DT k) by lia.
        apply mv_ext; auto. intros j _.
        enough (H : forall i, (i <= k)%nat -> forall j, hid (target_dims T) (target T) x i j = hid (dims d0 V) (target T) x i j)
          by (apply H; lia).
        induction i as [|i IH]; intros Hi j'; cbn [hid]; auto. unfold vrelu. f_equal. rewrite (DT i) by lia.
        apply mv_ext; auto. intros; apply IH; lia.
      - rewrite (net_scales _ (layers_of V) (fun i => t_scale (nth i (the_target T) no_target))) by auto.
        rewrite scales_sum. fold l. f_equal. unfold widths, kept_edges. fold d0.
        rewrite <- (RE o Ho). reflexivity. }
  rewrite <- (B w v e (value radius) 0%nat); auto.
  - cbn [Nat.add]. apply Q2_bound; auto; intros i Hi; destruct (Q i Hi) as (_ & QW & QV & QE); cbn [dims].
    + exact QW.
    + exact QV.
    + exact QE.
  - cbn [error]. unfold value. cbn [mantissa]. lra.
Qed.
Theorem verify_sound T radius advise b Vs : verify T radius advise = Bounded b true Vs ->
  target_dims T (length (the_target T)) = widths T (length (the_layers T)) /\
  forall x, in_domain (the_domain T) (inputs_count T) x ->
  euclid (target_dims T (length (the_target T))) (vsub (target_net T x) (ticket_net T x))
    <= IZR (epsilon_numerator T) / IZR (epsilon_denominator T).
Proof.
  intros H. destruct (bound_sound _ _ _ _ _ _ H) as [D B]. split; auto. intros x Hx.
  eapply Rle_trans; [apply B; auto|]. unfold verify in H.
  destruct (replayed T) as [t [reversed|why r]]; [|discriminate].
  destruct (error_bound _ _ _ _) as [b'|]; [|discriminate]. injection H as <- H _.
  apply andb_true_iff in H as [H1 H2]. apply at_most_ok; auto. apply Z.ltb_lt. auto.
Qed.
